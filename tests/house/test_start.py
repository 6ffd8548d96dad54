"""A start loads what its first page needs; what loads slowly comes beside the first requests."""

import gc
import subprocess
import sys
from importlib.util import find_spec

from server.kit.runtime import Runtime
from server.rest import SLOW, load_rest

LATER = ("alembic", "asyncpg", "holidays", "icalendar", "redis", "tldextract", "webauthn", "zxcvbn")
"""Libraries that took a tenth of a second or more between the press and the first page, together over a second."""
ALL = "import sys, server.start; print(*sys.modules)"


def test_a_start_does_not_wait_for_what_its_first_page_needs_not() -> None:
    """Neither we nor another library imports one of these while the server is put together."""
    assert [name for name in LATER if find_spec(name) is None] == [], "a name that is no library proves nothing"
    made = subprocess.run([sys.executable, "-c", ALL], capture_output=True, text=True, check=True)
    loaded = made.stdout.split()
    assert "server.app" in loaded
    assert sorted({*LATER, *SLOW} & {*loaded}) == []


def test_the_rest_is_there_soon_and_garbage_is_collected_again(rt: Runtime) -> None:
    """After the start nobody waits for these, and memory is given back."""
    gc.disable()
    try:
        load_rest(rt)
        assert gc.isenabled()
    finally:
        gc.unfreeze()
        gc.enable()
    assert sorted({*SLOW, "tldextract"} - sys.modules.keys()) == []
