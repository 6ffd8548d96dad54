"""The examples of demo mode: all of them pass the checker, and one that does not keeps nobody out."""

from pathlib import Path

import pytest
from sqlmodel import func, select

from server.forum import demo
from server.forum.models import Post, PostState
from server.kit.runtime import Runtime

REFUSED = """
[[onderwerp]]
titel = "Een gewone vraag"
naam = "Stille Wilg"
categorie = 4
dagen = 3
tekst = "Wie slaapt er ook slecht?"
[[onderwerp.reacties]]
naam = "Groene Reiger"
dagen = 2
tekst = "Bel mij maar op 06 12 34 56 78."
[[onderwerp.reacties]]
naam = "Zachte Mist"
dagen = 1
tekst = "Ik ook, al weken."

[[onderwerp]]
titel = "Jij bent een kankerlijer"
naam = "Late Zwaluw"
categorie = 4
dagen = 3
tekst = "Jij bent een kankerlijer."
[[onderwerp.reacties]]
naam = "Zachte Mist"
dagen = 1
tekst = "Dat is niet aardig."
"""


async def test_every_example_passes(rt: Runtime) -> None:
    assert await demo.seed(rt, rt.clock.now()) == []
    assert await demo.seed(rt, rt.clock.now()) == [], "a second start changes nothing"


async def test_a_refused_example_is_named_and_left_out(
    rt: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "voorbeelden.toml"
    file.write_text(REFUSED, encoding="utf-8")
    monkeypatch.setattr(demo, "FILE", file)
    assert sorted(await demo.seed(rt, rt.clock.now())) == ["Een gewone vraag (1)", "Jij bent een kankerlijer"]
    async with rt.stores.hoofd.reading() as tx:
        placed = select(func.count()).select_from(Post).where(Post.state == PostState.PLACED)
        assert (await tx.exec(placed)).one() == 2
