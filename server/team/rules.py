"""What is decided without looking anything up: how long a login lasts, how long a wrong guess waits."""

from datetime import datetime, timedelta
from typing import Final

IDLE: Final = timedelta(minutes=30)
WARN_IDLE: Final = timedelta(minutes=25)
LONGEST: Final = timedelta(hours=10)
STEP_UP: Final = timedelta(minutes=5)
HALFWAY: Final = timedelta(minutes=5)
"""How long the password step stays good for showing the second factor."""
INVITATION: Final = timedelta(hours=24)

FREE_GUESSES: Final = 5
FIRST_WAIT: Final = timedelta(seconds=5)
PASSWORD_LONGEST_WAIT: Final = timedelta(minutes=1)
"""A stranger who knows a name can cause these waits, so they stay short: no lock-out (privacy-spec 8.1)."""
CODE_LONGEST_WAIT: Final = timedelta(minutes=15)
"""Only somebody who has the password can cause these."""


def wait_after(failures: int, longest: timedelta) -> timedelta:
    """Return how long the next try waits after so many failures in a row: none for five, then twice as long each."""
    over = failures - FREE_GUESSES
    if over < 0:
        return timedelta(0)
    return min(FIRST_WAIT * (1 << min(over, 20)), longest)


def is_over(now: datetime, *, started: datetime, last_seen: datetime) -> bool:
    """Say whether a login has ended: 30 minutes idle or 10 hours old. Source: privacy-spec 8.2."""
    return now - last_seen >= IDLE or now - started >= LONGEST


def is_fresh(now: datetime, second_factor_at: datetime) -> bool:
    """Say whether the second factor was shown less than five minutes ago. Source: privacy-spec 8.2."""
    return timedelta(0) <= now - second_factor_at < STEP_UP
