"""The cookie of a login: gone with the browser, out of reach of scripts, never sent from another site."""

from typing import Final

from starlette.responses import RedirectResponse, Response

from server.kit.settings import Settings
from server.team.logins import cookie_name

CLEAR: Final = '"cache", "storage"'
CLEAR_ALL: Final = '"cache", "cookies", "storage"'


def go(path: str) -> RedirectResponse:
    """Answer with another page of ours, to be fetched with GET."""
    return RedirectResponse(path, 303)


def give(response: Response, settings: Settings, token: str) -> Response:
    """Put a token in the browser. Source: privacy-spec 8.1, D19."""
    response.set_cookie(
        cookie_name(settings),
        token,
        path="/",
        secure=settings.team_url.startswith("https://"),
        httponly=True,
        samesite="strict",
    )
    return response


def take(response: Response, settings: Settings) -> Response:
    """Remove the token and what the browser kept of the pages. Source: privacy-spec 7.3.

    Cookies of the whole host go only where the team has a host of its own: elsewhere a visit in another tab would end.
    """
    response.delete_cookie(
        cookie_name(settings),
        path="/",
        secure=settings.team_url.startswith("https://"),
        httponly=True,
        samesite="strict",
    )
    response.headers["Clear-Site-Data"] = CLEAR if settings.team_url == settings.public_url else CLEAR_ALL
    return response
