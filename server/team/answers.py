"""Answering a form that could not be accepted: the same page, what is wrong, and what was typed."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from server.kit.errors import AppError
from web import page, text
from web.frame import Frame


def errors_of(request: Request, error: AppError | None) -> list[tuple[str | None, str]]:
    """Return [(field, words)] for the error summary; nothing went wrong: an empty list."""
    if error is None:
        return []
    frame: Frame = request.state.frame
    return [(error.field, text(error.key, frame.lang, **error.values))]


def answer(request: Request, template: str, context: Mapping[str, object], error: AppError) -> Response:
    """Show the page again with its error and the status of that error."""
    headers = {"Retry-After": str(max(1, error.retry_ms // 1000))} if error.retry_ms else None
    return page(request, template, {**context, "errors": errors_of(request, error)}, error.status, headers)
