"""Texts by key, from content/teksten/*.toml. Dutch is the source; other languages come from the catalogue."""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from web import messages

FOLDER = Path(__file__).parent.parent / "content" / "teksten"
SAID_ELSEWHERE = frozenset({"mod.held", "mod.hidden", "mod.pause", "mod.waiting"})


def text(key: str, lang: str = "nl", **args: object) -> str:
    """Return the text of a key in a language, filled in.

    A text with `.one` and `.other` follows args["n"]. A value that is missing shows as "…", so that an error page
    never fails on its own words. Raises KeyError on an unknown key.
    """
    catalogue = messages.catalogue(lang)
    known = texts()
    if key in known:
        found = catalogue.gettext(known[key])
    else:
        found = catalogue.ngettext(known[f"{key}.one"], known[f"{key}.other"], _count(args))
    return string.Formatter().vformat(found, (), _Lenient(args))


def has(key: str) -> bool:
    """Tell whether a key has a text (with or without plural forms)."""
    return key in texts() or f"{key}.one" in texts()


def refusal_keys() -> list[str]:
    """Return the keys of what a writer reads when a message is not simply placed, for scripts that show it live."""
    return [key for key in texts() if key.startswith("mod.") and key.count(".") == 1 and key not in SAID_ELSEWHERE]


def keys(prefix: str) -> list[str]:
    """Return the keys that begin with prefix, in order; for pages whose script shows a text by its key."""
    return sorted(key for key in texts() if key.startswith(prefix))


@cache
def texts() -> Mapping[str, str]:
    """Return all texts by key. Raises ValueError when two files give the same key."""
    found: dict[str, str] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        for key, value in _flat(tomllib.loads(path.read_text(encoding="utf-8"))):
            if key in found:
                raise ValueError(f"{path.name}: the key {key} stands in another file too")
            found[key] = value
    return MappingProxyType(found)


def _flat(table: Mapping[str, object], before: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, str):
            yield f"{before}{name}", value.strip()
        else:
            raise ValueError(f"{before}{name} is not a text")


def _count(args: Mapping[str, object]) -> int:
    return int(str(args.get("n", 0)))


class _Lenient(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "…"
