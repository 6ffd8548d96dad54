"""The pages of the team, each with the permission that shows it in the menu."""

from typing import Final

from server.team.logins import Login
from server.team.permissions import Permission

PAGES: Final = (
    # path, words, keys of ux-spec 11, permission
    ("/team/balie", "Gesprekken", "g c", Permission.TALK),
    ("/team/achterwacht", "Achterwacht", "", Permission.BACKUP),
    ("/team/groepen", "Groepen", "", Permission.ROOM),
    ("/team/forum", "Forum", "", Permission.FORUM),
    ("/team/moderatie", "Moderatie", "g m", Permission.CASE_QUEUE),
    ("/team/agenda", "Agenda", "", Permission.AGENDA),
    ("/team/kringen", "Kringen", "", Permission.KRING),
    ("/team/rooster", "Rooster", "", Permission.ROSTER),
    ("/team/cijfers", "Cijfers", "g o", Permission.FIGURES_SUMMARY),
    ("/team/beheer", "Beheer", "", Permission.ACCOUNTS),
)


def pages_of(login: Login) -> list[tuple[str, str, str]]:
    """Return (path, words, keys) of the pages that this person may open, home first."""
    mine = [(path, words, keys) for path, words, keys, permission in PAGES if login.may(permission)]
    return [("/team", "Start", ""), *mine]
