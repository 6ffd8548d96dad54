"""The pages of the team, each with the permission that shows it in the menu."""

from typing import Final

from server.team.logins import Login
from server.team.permissions import Permission

PAGES: Final = (
    ("/team/balie", "Gesprekken", Permission.TALK),
    ("/team/moderatie", "Moderatie", Permission.CASE_QUEUE),
    ("/team/agenda", "Agenda", Permission.AGENDA),
    ("/team/cijfers", "Cijfers", Permission.FIGURES_SUMMARY),
    ("/team/beheer", "Beheer", Permission.ACCOUNTS),
)


def pages_of(login: Login) -> list[tuple[str, str]]:
    """Return (path, words) of the pages that this person may open, home first."""
    return [("/team", "Start"), *((path, words) for path, words, permission in PAGES if login.may(permission))]
