"""What somebody may fill in: the choices of the form, and checking what was left for the hosts (14.2, 14.4, 14.5)."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import phonenumbers

from server.booking.queries import Details
from server.kit.errors import AppError, Invalid
from server.kit.forms import Form
from server.kit.settings import Settings
from server.kit.text import Empty, clean

HELPS: Final = ("rustig", "tolk", "iemand_mee", "trap")
FIELDS: Final = ("nickname", "helps", "with_contact", "contact", "note", "note_may_read")
NAME_MAX: Final = 30
CONTACT_MAX: Final = 100
NOTE_MAX: Final = 600
NOTE_BYTES: Final = 1500
"""The answers travel in one cookie, and a browser keeps 4 kB of it."""
MAIL: Final = re.compile(r"[^\s@,;]+@[^\s@,;]+\.[^\s@,;.]{2,}")


class NameMissing(Invalid):
    """There is nothing to call out in the waiting room."""

    code = "leeg"
    key = "err.name"


class ContactUnclear(Invalid):
    """This is neither one e-mail address nor one telephone number."""

    code = "contact"
    key = "afspraak.fout.contact"


class ContactNotWanted(Invalid):
    """A number or address was typed beside the answer that nobody may use one: which of the two is meant?"""

    code = "contact_nee"
    key = "afspraak.fout.contact_nee"


class NoteNotShared(Invalid):
    """A note was written without the tick that the hosts may read it."""

    code = "notitie"
    key = "afspraak.fout.notitie"


@dataclass
class Answers:
    """What was typed, cleaned where it could be, and what is wrong with it."""

    nickname: str = ""
    helps: list[str] = field(default_factory=list)
    with_contact: bool = False
    contact: str = ""
    note: str = ""
    note_may_read: bool = False
    errors: list[AppError] = field(default_factory=list)

    @property
    def details(self) -> Details:
        """What is kept with the appointment."""
        return Details(self.nickname, tuple(self.helps), self.contact, self.note)


def read_answers(form: Form, settings: Settings) -> Answers:
    """Read the whole step: name, what helps, and contact and note where those are on."""
    answers = read_left(form, settings)
    if settings.vg_contact and not answers.with_contact and form["contact"].strip():
        answers.contact = form["contact"]
        answers.errors.append(ContactNotWanted(field="contact"))
    answers.helps = [each for each in HELPS if each in form.all("helps")]
    answers.nickname = form["nickname"]
    try:
        answers.nickname = clean(form["nickname"], "nickname", max_chars=NAME_MAX, single_line=True)
    except Empty:
        answers.errors.insert(0, NameMissing(field="nickname"))
    except Invalid as error:
        answers.errors.insert(0, error)
    return answers


def read_left(form: Form, settings: Settings) -> Answers:
    """Read contact and note only; what is switched off is not taken, whatever was sent."""
    answers = Answers(with_contact=form["with_contact"] == "ja", note_may_read=bool(form["note_may_read"]))
    if settings.vg_contact and answers.with_contact:
        answers.contact = _checked(answers, form["contact"], contact)
    if settings.vg_note:
        answers.note = _checked(answers, form["note"], note)
        if answers.note and not answers.note_may_read:
            answers.errors.append(NoteNotShared(field="note_may_read"))
    return answers


def contact(text: str) -> str:
    """Return one e-mail address or one telephone number in its usual form. Raises ContactUnclear or Invalid."""
    found = clean(text, "contact", max_chars=CONTACT_MAX, single_line=True)
    if MAIL.fullmatch(found):
        return found
    try:
        number = phonenumbers.parse(found, "NL")
    except phonenumbers.NumberParseException:
        raise ContactUnclear(field="contact") from None
    if not phonenumbers.is_possible_number(number):
        raise ContactUnclear(field="contact")
    national = number.country_code == 31  # Dutch numbers as people here write them
    form = phonenumbers.PhoneNumberFormat.NATIONAL if national else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, form)


def note(text: str) -> str:
    """Return the note for the hosts; nothing is fine too. Raises Invalid."""
    return clean(text, "note", max_chars=NOTE_MAX, max_bytes=NOTE_BYTES) if text.strip() else ""


def _checked(answers: Answers, text: str, check: Callable[[str], str]) -> str:
    """Return the checked text; keep what was typed and note the error when it cannot be taken."""
    try:
        return check(text)
    except Empty:
        answers.errors.append(ContactUnclear(field="contact"))
    except Invalid as error:
        answers.errors.append(error)
    return text
