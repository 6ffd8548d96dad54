"""What a start leaves for later: read and loaded beside the first requests, so that nobody waits for it twice.

A process is ready, and a proxy sends people to it, when all of this is there.
"""

import gc
from importlib import import_module
from typing import Final

import moderation
from server.directory import service as directory
from server.kit.runtime import Runtime

SLOW: Final = (
    "server.booking.calendar_file",
    "server.team.key_answers",
    "holidays.countries",
    "zxcvbn",
)
"""Modules that are imported inside the function that needs them, because they or their libraries load slowly."""


def load_rest(rt: Runtime) -> None:
    """Load it all, the rules first, because somebody may write soon, and the list that tells a link from a full stop.

    Then garbage is collected again; what is there now stays, so no collection has to walk it. Done twice, it costs
    nothing.
    """
    try:
        moderation.check("hallo van moi.nl", place=moderation.Place.ROOM)
        directory.shown_by(rt)
        directory.drawing()
        for name in SLOW:
            import_module(name)
    finally:
        if not gc.isenabled():  # the command line switched it off for the time of the start
            gc.freeze()
            gc.enable()
