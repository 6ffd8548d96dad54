"""Pages, fragments and texts: all that the slices call to answer somebody."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse

from web.environment import render
from web.frame import Frame
from web.texts import text

__all__ = ["fragment", "page", "text"]


def page(
    request: Request,
    template: str,
    context: Mapping[str, object] | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Answer with a whole page. template: path under web/templates. Raises UndefinedError when a value is missing."""
    return HTMLResponse(render(template, context or {}, frame_of(request)), status, headers=headers)


def fragment(template: str, context: Mapping[str, object] | None = None, *, lang: str = "nl") -> str:
    """Return a piece of a page (its template starts with _), outside any request: links carry that language."""
    return render(template, context or {}, Frame(lang=lang))


def frame_of(request: Request) -> Frame:
    """Return the frame of a request; a plain Dutch one where the middleware has not been (an early error)."""
    frame = getattr(request.state, "frame", None)
    return frame if isinstance(frame, Frame) else Frame(path=request.url.path)
