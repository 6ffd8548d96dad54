"""Passwords of team members: at least 15 characters, not a known one, kept as argon2id."""

import asyncio
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final, ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from server.kit.errors import Invalid, Unavailable
from server.kit.settings import Settings

P = ParamSpec("P")
T = TypeVar("T")

SHORTEST: Final = 15
LONGEST: Final = 128
LANES: Final = 4
GUESSABLE_BELOW: Final = 3  # zxcvbn: 3 is "safely unguessable" (10^8 guesses and more)
ESTIMATED: Final = 72  # the estimator refuses more; what follows can only make a password better
AT_ONCE: Final = 2
QUEUE: Final = 20
OUR_WORDS: Final = (
    "moi",
    "groningen",
    "gronings",
    "welkom",
    "wachtwoord",
    "ervaringsdeskundige",
    "moderator",
    "gesprek",
)


class PasswordTooShort(Invalid):
    """Fewer characters than we ask for."""

    code = "wachtwoord_kort"
    key = "team.fout.wachtwoord_kort"


class PasswordKnown(Invalid):
    """It stands in a list of leaked passwords or is built like one."""

    code = "wachtwoord_bekend"
    key = "team.fout.wachtwoord_bekend"


def check_new(password: str, name: str) -> None:
    """Refuse a password that is too short or easy to guess. Source: privacy-spec 8.1.

    The list is the 30,000 leaked passwords in zxcvbn, which also sees them with capitals, digits and years around them;
    a plain list says nothing at 15 characters. name and our own words count as known.
    Raises PasswordTooShort, PasswordKnown.
    """
    from zxcvbn import zxcvbn  # reads its word lists when it is loaded, which takes long

    text = normal(password)
    if len(text) < SHORTEST:
        raise PasswordTooShort(field="wachtwoord", n=SHORTEST)
    if len(text) > LONGEST or zxcvbn(text[:ESTIMATED], user_inputs=[name, *OUR_WORDS])["score"] < GUESSABLE_BELOW:
        raise PasswordKnown(field="wachtwoord")


def normal(password: str) -> str:
    """Return the same characters however the keyboard put them together."""
    return unicodedata.normalize("NFKC", password)


class HashingBusy(Unavailable):
    """More people are signing in at this moment than we can check."""

    code = "druk"
    key = "team.fout.druk"


class Hasher:
    """argon2id with the costs of the settings; 0.1 to 0.6 s at the default ones, so never call it on the event loop."""

    def __init__(self, *, time_cost: int, memory_kib: int) -> None:
        """Make a dummy as well, so that an unknown name costs the same as a known one."""
        self._argon2 = PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=LANES)
        self._dummy = self._argon2.hash("a name that nobody has")

    def make(self, password: str) -> str:
        """Return the text to keep: costs, salt and hash."""
        return self._argon2.hash(normal(password))

    def matches(self, kept: str | None, password: str) -> bool:
        """Say whether this is the password. kept None or empty: no, at the same cost."""
        try:
            return self._argon2.verify(kept or self._dummy, normal(password)) and bool(kept)
        except (VerificationError, InvalidHashError):
            return False

    def outdated(self, kept: str) -> bool:
        """Say whether the costs have changed since."""
        return self._argon2.check_needs_rehash(kept)


class Hashing:
    """The same off the event loop: two at once, a short queue, and beyond that HashingBusy."""

    def __init__(self, hasher: Hasher) -> None:
        """Wrap a hasher."""
        self._hasher = hasher
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._inside = 0

    async def make(self, password: str) -> str:
        """Return what is kept of a password."""
        return await self._run(self._hasher.make, password)

    async def matches(self, kept: str | None, password: str) -> bool:
        """Say whether this is the password; one that is too long never is."""
        return await self._run(self._hasher.matches, kept, password[: LONGEST + 1])

    async def renewed(self, kept: str, password: str) -> str | None:
        """Return a new hash when the costs have changed since."""
        return await self.make(password) if self._hasher.outdated(kept) else None

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if self._inside >= AT_ONCE + QUEUE:
            raise HashingBusy(retry_ms=5000)
        self._inside += 1
        try:
            async with self._turn:
                return await asyncio.to_thread(work, *args, **kwargs)
        finally:
            self._inside -= 1


@cache
def hashing_of(settings: Settings) -> Hashing:
    """Return the one for these costs."""
    return Hashing(Hasher(time_cost=settings.argon2_time, memory_kib=settings.argon2_memory))
