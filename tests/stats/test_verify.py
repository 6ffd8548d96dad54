"""Anybody can check the published files; whatever was changed in them is found."""

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.stats.chain import BEGIN, canonical, digest, draw
from server.stats.files import read_all, write_missing
from server.stats.periods import parse
from server.stats.verify import verify

COUNTS = {
    "T1": {"open_groep": 90, "themagroep": 40, "een_op_een": 30, "forum": 55},
    "T11": {"GM0014": 44, "GM0037": 30, "GM0047": 22, "GM1966": 8},
    "T12": {"eerste": 80, "vervolg": 24},
    "T16_tijd": {"binnen_24_uur": 99, "later": 1},
}
PLACES = {"L1": {"GM0014": 2}, "L2": {}}


def chain(*codes: str) -> list[str]:
    """Return releases of these periods, each after the one before."""
    texts, before = list[str](), BEGIN
    for number, code in enumerate(codes, start=1):
        body = draw(
            parse(code),
            COUNTS,
            PLACES,
            number=number,
            before=before,
            drawn_on=date(2026, 11, 7),
            noise=True,
            bits=random.Random(number).getrandbits,
        )
        texts.append(canonical(body))
        before = digest(texts[-1])
    return texts


def changed(text: str, change: Any) -> str:
    """Return a release after something was done to it."""
    body = json.loads(text)
    change(body)
    return canonical(body)


def test_a_chain_as_published_is_in_order() -> None:
    assert verify(chain("2026-07", "2026-08", "2026-09", "2026-K3", "2026-10")) == []


def test_a_quarter_holds_places_and_the_flag_of_moderation() -> None:
    body = json.loads(chain("2026-K3")[0])
    assert body["tabellen"]["L1"]["totaal"] == 2
    assert body["tabellen"]["T16"]["op_tijd"] is True
    assert "T16_tijd" not in body["tabellen"]
    assert "T1" not in body["tabellen"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda body: body.update(getrokken="2026-11-08"), "release 2 does not follow"),
        (lambda body: body["tabellen"]["T12"]["groepen"][0].update(waarde=75), "the total is not the sum"),
        (lambda body: body["tabellen"]["T12"]["groepen"][1].update(waarde=5), "under the minimum"),
        (lambda body: body["tabellen"]["T12"].update(totaal=103), "no multiple of five"),
        (lambda body: body["tabellen"]["T12"]["groepen"].pop(), "the cells are not those"),
        (lambda body: body["tabellen"]["T12"].update(getoond="totaal"), "not what it says"),
        (lambda body: body["ruisboek"].extend(body["ruisboek"] * 2), "more noise spent"),
        (lambda body: body["tabellen"].update(T1=body["tabellen"]["T12"]), "another calendar"),
        (lambda body: body.pop("tabellen"), "cannot be read"),
        (lambda body: body["tabellen"].update(T99={}), "cannot be read"),
    ],
)
def test_a_change_is_found(change: Any, fault: str) -> None:
    first, second = chain("2026-K3", "2026-10")
    assert any(fault in found for found in verify([changed(first, change), second]))


def test_a_missing_or_repeated_release_is_found() -> None:
    first, second, third = chain("2026-08", "2026-09", "2026-10")
    assert verify([first, third])
    assert verify([second, third])
    assert any("twice" in found for found in verify(chain("2026-08", "2026-08")))


def test_other_spelling_of_the_same_numbers_is_found() -> None:
    (text,) = chain("2026-10")
    assert verify([json.dumps(json.loads(text), indent=1)])


def test_files_are_written_once_and_for_reading_only(tmp_path: Path) -> None:
    texts = chain("2026-09", "2026-10")
    write_missing(tmp_path, texts)
    write_missing(tmp_path, [changed(texts[0], lambda body: body.update(nummer=1, getrokken="x")), texts[1]])
    assert read_all([tmp_path]) == texts
    assert all(path.stat().st_mode & 0o222 == 0 for path in tmp_path.iterdir())
