"""A demo server of its own, what was said in it, and where none of that may be found afterwards."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import httpx

from tests.browser.neutral import Neutral
from tests.faults.server import Server

TRAVELLER = "MoiReiziger/7.1"
ADDRESS = "203.0.113.77"
SHUT = ("vluchtig.sqlite", "afspraken.sqlite")
"""Stores in whose raw bytes no word of a visitor may stand, with what SQLite keeps beside them."""


class House:
    """One running server and the words that were used in it."""

    def __init__(self, server: Server, neutral: Neutral) -> None:
        """Begin without words; the browser's own name and the address it seems to come from count from the start."""
        self.server, self.neutral = server, neutral
        self.words: set[str] = {TRAVELLER, ADDRESS}

    @property
    def origin(self) -> str:
        """Return the address in a browser."""
        return self.server.origin

    def said(self, *words: str) -> str:
        """Note words that may be found nowhere afterwards. Returns the first."""
        self.words |= {word for word in words if word}
        return words[0]

    def troubles(self) -> list[str]:
        """Return the lines of the log that tell of an error."""
        return [
            line for line in self.server.log.read_text().splitlines() if '"info"' not in line and "open:" not in line
        ]

    async def places(self) -> dict[str, bytes]:
        """Return everything an outsider with the machine could read: the log, the metrics, the raw files."""
        async with httpx.AsyncClient() as client:
            port = self.server.environment["MOI_INTERNAL_PORT"]
            metrics = (await client.get(f"http://127.0.0.1:{port}/metrics")).content
        assert metrics.startswith(b"#"), "no metrics"
        return {"log": self.server.log.read_bytes(), "metrics": metrics} | self._files()

    def _files(self) -> dict[str, bytes]:
        folder = Path(self.server.environment["MOI_DATA_DIR"])
        found = {path.name: path.read_bytes() for name in SHUT for path in sorted(folder.glob(name + "*"))}
        assert set(SHUT) <= set(found), sorted(found)
        return found


def traces(words: set[str], places: dict[str, bytes]) -> list[tuple[str, str]]:
    """Return (place, word) for every word that can be read somewhere, however it is spelled."""
    small = {place: content.lower() for place, content in places.items()}
    return [
        (place, word) for place in places for word in sorted(words) if _stands_in(word, places[place], small[place])
    ]


def _stands_in(word: str, content: bytes, small: bytes) -> bool:
    return any(form in content or form in small for form in _forms(word))


def _forms(word: str) -> Iterator[bytes]:
    """Yield a word as it is, in small and in large letters, as in an address or a form, and as JSON would escape it."""
    for spelled in (word, word.lower(), word.upper()):
        yield spelled.encode()
        yield quote(spelled).encode()
        yield quote_plus(spelled).encode()
        yield spelled.encode("ascii", "backslashreplace")
        yield json.dumps(spelled)[1:-1].encode()
        yield spelled.encode("utf-16-le")
