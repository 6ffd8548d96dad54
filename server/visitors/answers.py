"""What the pages of a visit share: going to a page of ours, and showing an error where it belongs."""

from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from server.kit.clock import local_day
from server.kit.errors import AppError
from server.kit.runtime import Runtime
from server.visitors.statements import Told
from web import frame_of, page, text


def see(request: Request, path: str) -> RedirectResponse:
    """Go to a page of ours, in the same language."""
    return RedirectResponse(frame_of(request).link(path), 303)


def shown(request: Request, error: AppError | None) -> list[tuple[str | None, str]]:
    """Return an error as the summary and the fields show it: [(field, words)]."""
    return [] if error is None else [(error.field, text(error.key, frame_of(request).lang, **error.values))]


def appeal_page(
    request: Request, rt: Runtime, path: str, decision: Told, where: str, *, error: AppError | None = None, typed: str
) -> Response:
    """Answer with a decision and the form to object to it.

    path: of the page it is about, in which the form posts to bezwaar/<act>; where: "forum", "chat" or "talk".
    """
    context = {
        "path": frame_of(request).link(path),
        "decision": asdict(decision),
        "where": where,
        "typed": typed,
        "errors": shown(request, error),
        "today": local_day(rt.clock.now()),
    }
    return page(request, "visitors/appeal.html", context, error.status if error else 200)
