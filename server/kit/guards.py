"""Who may use a route: each names one guard, and a house test checks that none forgot."""

from collections.abc import Callable
from typing import Any, TypeVar

from starlette.requests import HTTPConnection

Guard = TypeVar("Guard", bound=Callable[..., Any])
MARK = "__moi_guard__"


def guard(dependency: Guard) -> Guard:
    """Mark a FastAPI dependency as one that decides who may come in."""
    setattr(dependency, MARK, True)
    return dependency


def is_guard(dependency: Callable[..., Any]) -> bool:
    """Say whether a dependency was marked."""
    return bool(getattr(dependency, MARK, False))


class SeeOther(Exception):
    """Raised by a guard when another page comes first, such as signing in. path is one of ours."""

    def __init__(self, path: str) -> None:
        """Keep where to go."""
        self.path = path
        super().__init__(path)


@guard
async def anyone(connection: HTTPConnection) -> None:
    """Let everybody in: reading pages, directory, booking."""
