"""When a help line was last verified."""

from datetime import date, timedelta

from web.help_lines import HelpLine, help_lines

STALE_AFTER = timedelta(days=90)


def stale(today: date) -> list[HelpLine]:
    """Return the lines that nobody verified for more than 90 days, oldest first.

    They warn the team and fail the release check; they stay on the page (README D18).
    """
    old = (line for line in help_lines().values() if today - line.checked_on > STALE_AFTER)
    return sorted(old, key=lambda line: line.checked_on)
