"""The one place where an appointment goes from one state to another (directory-booking-spec 12)."""

from server.booking.models import Appointment
from server.booking.rules import Actor, State, may_become
from server.kit.errors import Conflict


class NotNow(Conflict):
    """This step does not follow from where the appointment is."""

    code = "stap_geweigerd"
    key = "afspraak.fout.stap"


def transition(appointment: Appointment, to: State, by: Actor) -> None:
    """Let an appointment go to another state. Raises NotNow when the table of section 12 does not know this step."""
    if not may_become(appointment.state, to, by):
        raise NotNow
    appointment.state = to
