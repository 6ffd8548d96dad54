"""Things a message can carry beside words: chat keeps only their id, the slice that owns them says what is shown."""

from collections.abc import Callable, Sequence
from typing import Any

Draw = Callable[[str], dict[str, Any] | None]
Find = Callable[[str, int], Sequence[dict[str, Any]]]
Spot = Callable[[str], tuple[str, str] | None]

_DRAW: dict[str, Draw] = {}
_FIND: dict[str, Find] = {}
_SPOT: dict[str, Spot] = {}


def allow(kind: str, draw: Draw, find: Find | None = None, spot: Spot | None = None) -> None:
    """Let messages carry this kind; app.py calls it for the slices that own something to show.

    draw returns what is true of an id now, or None when it is gone; find returns what fits some words, best first; spot
    returns the id of the first thing that a text names by its address, and the text without that address.
    """
    _DRAW[kind] = draw
    if spot is not None:
        _SPOT[kind] = spot
    if find is not None:
        _FIND[kind] = find


def find(kind: str, words: str, limit: int) -> Sequence[dict[str, Any]]:
    """Return what a team member can choose from for these words."""
    return _FIND[kind](words, limit)


def drawn(attached: tuple[str, str] | list[str] | None) -> dict[str, Any] | None:
    """Return what is shown for an attachment, or None without one."""
    if attached is None:
        return None
    kind, id_ = attached
    draw = _DRAW.get(kind)
    return {"kind": kind, "id": id_} | ((draw(id_) if draw else None) or {"gone": True})


def spotted(text: str) -> tuple[str, tuple[str, str] | None]:
    """Return a text without the address of something we can show, and what that is; the text itself without one."""
    for kind, spot in _SPOT.items():
        if (found := spot(text)) is not None:
            id_, rest = found
            return rest, (kind, id_)
    return text, None
