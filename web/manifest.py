"""Which file name a built asset has: /assets/main-3f2a….css for css/main.css."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

BUILT = Path(__file__).parent / "built"
PREFIX = "/assets/"


class NotBuilt(RuntimeError):
    """The assets have not been built, or this one is not among them."""


def address(name: str) -> str:
    """Return the address of an asset by its source name, as "css/main.css". Raises NotBuilt."""
    try:
        return PREFIX + names()[name]
    except KeyError:
        raise NotBuilt(f"{name} is no asset; run: python -m web.build") from None


def icon_address(name: str) -> str:
    """Return the address of one icon inside the sprite."""
    return f"{address('icons.svg')}#{name}"


@cache
def names() -> dict[str, str]:
    """Return source name → built name. Raises NotBuilt when nothing was built yet."""
    found: dict[str, str] = json.loads(files()["manifest.json"])
    return found


@cache
def files() -> dict[str, bytes]:
    """Return every built file by name, all together, so that pages and files stay of one build. Raises NotBuilt."""
    found = {path.name: path.read_bytes() for path in BUILT.glob("*")}
    if "manifest.json" not in found:
        raise NotBuilt("run: python -m web.build")
    return found
