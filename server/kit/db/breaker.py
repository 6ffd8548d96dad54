"""Leaving a server alone that does not answer, so that nobody waits for it in vain (reliability-spec 3)."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

FAILURES: Final = 5
WITHIN_SECONDS: Final = 10
OPEN_SECONDS: Final = 2


class Resting(ConnectionError):
    """The server failed too often just now; nobody asks it at this moment."""


class Breaker:
    """Five failures within ten seconds, then two seconds of rest, then one who tries while the others are refused."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Start closed: everybody may ask."""
        self._now = monotonic
        self._failures: deque[float] = deque(maxlen=FAILURES)
        self._open_until = 0.0
        self._open = False
        self._trying = False

    def is_resting(self) -> bool:
        """Say whether the server has failed too often and nobody has reached it since."""
        return self._open

    @contextmanager
    def attempt(self, counts: Callable[[BaseException], bool]) -> Iterator[None]:
        """Let one attempt pass and learn from how it ends. counts: is this a failure of the server? Raises Resting."""
        trying = self._admit()
        try:
            yield
        except BaseException as error:
            if counts(error):
                self._failed(trying)
            raise
        else:
            self._succeeded()
        finally:
            self._trying = self._trying and not trying

    def _admit(self) -> bool:
        """Return whether this is the one who tries."""
        if not self._open:
            return False
        if self._trying or self._now() < self._open_until:
            raise Resting
        self._trying = True
        return True

    def _failed(self, trying: bool) -> None:
        now = self._now()
        self._failures.append(now)
        if trying or (len(self._failures) == FAILURES and now - self._failures[0] <= WITHIN_SECONDS):
            self._open, self._open_until = True, now + OPEN_SECONDS

    def _succeeded(self) -> None:
        self._open = False
        self._failures.clear()
