"""What must be true before visitors are let in: word lists that keep their rules, and a return phrase dear to guess."""

import secrets
import time
from typing import Final

from server.kit.crypto import Secret
from server.kit.settings import PREFIX, BadSettings, Fault, Settings
from server.kit.words import word_list
from server.visitors import nicknames
from server.visitors.return_phrase import Version, opener

FASTEST_MS: Final = 100
SLOWEST_MS: Final = 600
TIMES: Final = 3


def check(settings: Settings) -> None:
    """Read the word lists and, in production, measure the hash of a return phrase; takes up to two seconds.

    Raises BadWordList, ValueError, or BadSettings when one hash takes less than 100 or more than 600 ms (privacy 2.8).
    """
    word_list()
    nicknames.parts()
    if settings.mode != "production":
        return
    took = hash_ms(settings)
    if not FASTEST_MS <= took <= SLOWEST_MS:
        expected = f"costs that make one hash take {FASTEST_MS} to {SLOWEST_MS} ms on this machine"
        raise BadSettings([Fault(PREFIX + "ARGON2_TIME", f"one hash took {took:.0f} ms", expected, "3")])


def hash_ms(settings: Settings) -> float:
    """Return how long one hash takes, in milliseconds: the fastest of three, as a busy moment is no slow machine."""
    version = Version("measure", Secret.random(), Secret.random(), settings.argon2_memory, settings.argon2_time)
    return min(_once(version) for _ in range(TIMES))


def _once(version: Version) -> float:
    begun = time.perf_counter()
    opener(secrets.token_hex(16), version)
    return 1000 * (time.perf_counter() - begun)
