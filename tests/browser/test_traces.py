"""The search for traces finds what is there: without this, finding nothing would say nothing."""

import pytest

from tests.browser.house import traces

WORD = "Stille Grutto Élodie"
CLEAN = {"log": b'{"event": "started"}', "metrics": b"# HELP", "vluchtig.sqlite": b"SQLite format 3\x00\x8f"}


def test_nothing_is_found_where_nothing_is() -> None:
    assert traces({WORD}, CLEAN) == []


@pytest.mark.parametrize("place", list(CLEAN))
@pytest.mark.parametrize(
    "planted",
    [
        WORD.encode(),
        WORD.lower().encode(),
        WORD.upper().encode(),
        WORD.encode("utf-16-le"),
        b"Stille%20Grutto%20%C3%89lodie",
        b"stille+grutto+%C3%A9lodie",
        b"Stille Grutto \\u00c9lodie",
        b"Stille Grutto \\xc9lodie",
    ],
)
def test_a_planted_word_is_found(place: str, planted: bytes) -> None:
    assert traces({WORD}, CLEAN | {place: CLEAN[place] + planted + b"\x00"}) == [(place, WORD)]
