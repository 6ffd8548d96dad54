"""What editors save is in use within seconds, and a mistake of theirs leaves the last good rules."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from moderation.checker import check, shelf
from moderation.checker.rulebook import FOLDER, RulebookError
from moderation.verdicts import Place
from server.__main__ import content_worries
from server.kit.settings import Settings


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A copy of the content that may be spoilt; afterwards the real book is in use again."""
    shutil.copytree(FOLDER, tmp_path / FOLDER.name)
    shutil.copy(FOLDER.parent / "hulplijnen.toml", tmp_path)
    yield tmp_path / FOLDER.name
    shelf.refresh(FOLDER)


NEW_RULE = """
[[regel]]
id = "reclame.kwartels"
label = "spam"
ernst = 2
modus = "live"
eigenaar = "moderatie"
sinds = 2026-11-24
reden = "Alleen voor deze proef."
zinnen = ["<ik> verkoop kwartels"]
raak = ["ik verkoop kwartels", "hallo, ik verkoop kwartels", "zaterdag dan, ik verkoop kwartels"]
mis = ["ik zag kwartels", "wij eten kwartels", "kwartels zijn mooie vogels"]
"""
SALE = "goedkoop af te halen: ik verkoop kwartels"


def test_a_saved_rule_is_in_use_and_a_broken_file_is_not(folder: Path) -> None:
    """Crisis cannot be switched off by a typing mistake."""
    rules = folder / "regels" / "reclame.toml"
    assert check(SALE, place=Place.ROOM).label == "none"
    rules.write_text(rules.read_text(encoding="utf-8") + NEW_RULE, encoding="utf-8")
    assert shelf.refresh(folder)
    assert not shelf.refresh(folder)
    assert check(SALE, place=Place.ROOM).label == "spam"
    rules.write_text(rules.read_text(encoding="utf-8") + "\n[[regel]]\nkapot =\n", encoding="utf-8")
    with pytest.raises(RulebookError, match="reclame"):
        shelf.refresh(folder)
    assert not shelf.refresh(folder)
    assert check(SALE, place=Place.ROOM).label == "spam"
    assert check("Vanavond ga ik mezelf ophangen. Het is klaar.", place=Place.ROOM).label == "crisis_now"


def test_the_check_of_an_installation_names_file_and_cause(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the log may not repeat, because it takes no free text."""
    (folder / "regels" / "reclame.toml").write_text("kapot =\n", encoding="utf-8")
    monkeypatch.setattr(shelf, "FOLDER", folder)
    monkeypatch.setattr(shelf, "SHELF", shelf.Shelf())
    (worry,) = [one for one in content_worries(settings) if one.startswith("content/moderation")]
    assert "reclame.toml" in worry
    assert "line 1" in worry
