"""python -m server release."""

import pytest

from server.kit.runtime import Runtime
from server.stats import demo
from server.stats.command import release_command, verify_command
from server.stats.service import FOLDER


async def test_nothing_due_is_said(rt: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    assert await release_command(rt) == 0
    assert capsys.readouterr().out == "nothing is due\n"


async def test_published_files_can_be_checked(rt: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    folder = rt.settings.data_dir / FOLDER
    for old in folder.glob("*.json"):
        old.unlink()
    await demo.seed_past_year(rt, rt.clock.now())
    assert verify_command(["--verify", str(folder)]) == 0
    assert "in order" in capsys.readouterr().out
    next(iter(sorted(folder.glob("*.json")))).unlink()
    assert verify_command(["--verify", str(folder)]) == 1


async def test_a_note_needs_a_release(rt: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    assert await release_command(rt, ["--note", "2026-10", "Zo zit het."]) == 1
    await demo.seed_past_year(rt, rt.clock.now())
    assert await release_command(rt, ["--note", "2026-10", "Zo zit het."]) == 0
    assert "noted beside 2026-10" in capsys.readouterr().out
