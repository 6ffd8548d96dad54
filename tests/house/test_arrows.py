"""Imports point one way; what must not be linked lives in packages that cannot import each other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOW = frozenset({"kit", "web", "moderation"})
SIX = LOW | {"visitors", "team", "crisis"}
CLOSED = frozenset({"kit", "web", "crisis", "team"})
# Who may import whom (the house, 4). A name not in this table is a new slice: give it a line.
ARROWS: dict[str, frozenset[str]] = {
    "kit": frozenset(),
    "web": frozenset(),
    "moderation": frozenset(),
    "crisis": frozenset({"kit", "web"}),
    "visitors": LOW | {"crisis"},
    "team": LOW | {"crisis"},
    "roster": LOW | {"crisis", "team"},
    "chat": SIX | {"roster"},
    "forum": SIX | {"roster"},
    "kring": SIX | {"roster", "chat"},
    "talks": SIX | {"roster", "chat"},
    "desk": SIX | {"roster", "chat", "talks", "forum"},
    "info": CLOSED,
    "directory": CLOSED,
    "booking": CLOSED,
    "stats": frozenset({"kit", "web", "team"}),
}
TOP = frozenset({"app", "jobs", "seed", "start", "__main__", "migrations", "upkeep", "rest"})
FROM_OTHERS = frozenset({"routes", "rules"})


def modules() -> Iterator[Path]:
    """Yield every module of the product."""
    for package in ("server", "web", "moderation"):
        yield from sorted((ROOT / package).rglob("*.py"))


def slice_of(parts: tuple[str, ...]) -> str:
    """Return the slice a dotted name or path belongs to."""
    return (parts[1] if len(parts) > 1 else "server") if parts[0] == "server" else parts[0]


def imports(path: Path) -> Iterator[tuple[str, ...]]:
    """Yield the dotted names that a module takes from ours, wherever in the file they stand."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (parts for name in names if (parts := tuple(name.split(".")))[0] in ("server", "web", "moderation"))


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in modules()])
def test_imports_follow_the_arrows(path: Path) -> None:
    """A slice takes only from those it may know."""
    own = slice_of(path.relative_to(ROOT).with_suffix("").parts)
    if own in TOP or own == "server":
        return
    for parts in imports(path):
        other = slice_of(parts)
        assert other == own or other in ARROWS[own], f"{own} may not import {'.'.join(parts)}"


@pytest.mark.parametrize("path", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in modules()])
def test_nothing_imports_what_puts_it_together(path: Path) -> None:
    """app, jobs, seed and the command line import everything; nothing below imports them."""
    own = slice_of(path.relative_to(ROOT).with_suffix("").parts)
    if own in TOP:
        return
    for parts in imports(path):
        assert slice_of(parts) not in TOP, f"{own} imports {'.'.join(parts)}"


def test_every_slice_has_a_line() -> None:
    """A new folder in server/ needs a line in the table."""
    folders = {path.name for path in (ROOT / "server").iterdir() if (path / "__init__.py").exists()}
    assert folders - TOP == set(ARROWS) - {"web", "moderation"}
