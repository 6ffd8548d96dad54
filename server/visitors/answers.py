"""What the pages of a visit share: going to a page of ours, and showing an error where it belongs."""

from starlette.requests import Request
from starlette.responses import RedirectResponse

from server.kit.errors import AppError
from web import frame_of, text


def see(request: Request, path: str) -> RedirectResponse:
    """Go to a page of ours, in the same language."""
    return RedirectResponse(frame_of(request).link(path), 303)


def shown(request: Request, error: AppError | None) -> list[tuple[str | None, str]]:
    """Return an error as the summary and the fields show it: [(field, words)]."""
    return [] if error is None else [(error.field, text(error.key, frame_of(request).lang, **error.values))]
