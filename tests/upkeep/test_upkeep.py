"""Retention on demand, files that shrink, jobs that stay away, and the three commands as an operator types them."""

import asyncio
import os
import random
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from server.forum.models import Topic
from server.jobs import RETENTION
from server.kit.locked_file import new_pair
from server.kit.run.jobs import Job, JobRun, run_due
from server.kit.runtime import Runtime
from server.kit.words import word_list
from server.upkeep import dumps, watch
from server.upkeep.retain import retain
from server.upkeep.tidy import tidy
from tests.forum.cast import topic
from tests.team.cast import clock_of

ROOT = Path(__file__).resolve().parents[2]


async def test_retention_tells_tables_and_rounds_nothing_small_into_sight(rt: Runtime) -> None:
    for number in range(11):
        await topic(rt, f"Merel {number}", f"Onderwerp {number}")
    assert await retain(rt, RETENTION) == {}
    clock_of(rt).advance(timedelta(days=800))
    gone = await retain(rt, RETENTION)
    assert gone["hoofd.topic"] == gone["hoofd.post"] == 11
    for number in range(9):
        await topic(rt, f"Daan {number}", f"Onderwerp {number}")
    clock_of(rt).advance(timedelta(days=800))
    assert "hoofd.topic" not in await retain(rt, RETENTION), "fewer than ten are not told"


def _long_text() -> str:
    """Return 2,000 characters that repeat nothing."""
    chance = random.Random(7)
    return " ".join(chance.sample(word_list().words, 340))[:2000]


async def test_files_shrink_at_night(rt: Runtime) -> None:
    """What was deleted lingers in no free page and in no log beside the file."""
    if rt.settings.database_url:
        await tidy(rt, rt.clock.now())
        return
    for number in range(40):
        await topic(rt, f"Merel {number}", f"Onderwerp {number}", _long_text())
    path = rt.settings.data_dir / "hoofd.sqlite"
    await tidy(rt, rt.clock.now())
    before = path.stat().st_size
    clock_of(rt).advance(timedelta(days=800))
    await retain(rt, RETENTION)
    await tidy(rt, rt.clock.now())
    assert path.stat().st_size < before - 40 * 2000
    assert path.with_name("hoofd.sqlite-wal").stat().st_size == 0


async def test_tidying_waits_for_its_turn(rt: Runtime) -> None:
    """Somebody who writes at the same moment loses nothing."""
    await asyncio.gather(*(topic(rt, f"Merel {n}", f"Onderwerp {n}") for n in range(10)), tidy(rt, rt.clock.now()))
    async with rt.stores.hoofd.reading() as tx:
        assert len((await tx.exec(select(Topic))).all()) == 10


def age(rt: Runtime, job: str) -> float | None:
    """Return what a monitor reads of a job."""
    for line in rt.metrics.render().decode().splitlines():
        if line.startswith(f'moi_job_age_seconds{{job="{job}"}}'):
            return float(line.split()[-1])
    return None


async def test_a_job_that_stays_away_is_told(rt: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    async def nothing(rt: Runtime, now: object) -> None:
        return None

    for name in watch.RETENTION.jobs:
        assert await run_due(rt, Job(name, timedelta(days=1), nothing))
    clock_of(rt).advance(timedelta(hours=3))
    await watch.look(rt, rt.clock.now())
    assert age(rt, "retention") == 3 * 3600
    assert age(rt, "backup") is None, "nothing is promised where nobody could open a dump"
    assert '"retention"' not in capfd.readouterr().out
    clock_of(rt).advance(timedelta(hours=24))
    assert await run_due(rt, Job("forget-forum", timedelta(days=1), nothing))
    await watch.look(rt, rt.clock.now())
    assert age(rt, "retention") == 27 * 3600, "the one that is late counts, not the one that ran"
    said = capfd.readouterr()
    assert '"job_late"' in said.out + said.err


async def test_a_job_that_fails_leaves_no_end(rt: Runtime) -> None:
    async def fails(rt: Runtime, now: object) -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await run_due(rt, Job("forget-forum", timedelta(days=1), fails))
    async with rt.stores.hoofd.reading() as tx:
        assert (await tx.exec(select(JobRun.ended_at).where(col(JobRun.name) == "forget-forum"))).all() == [None]


async def test_dumps_are_late_only_where_they_are_made(rt: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    """And nothing is late in the first hour of a server."""

    async def fails(rt: Runtime, now: object) -> None:
        raise RuntimeError

    backing = replace(rt, settings=replace(rt.settings, backup_to=new_pair()[0]))
    await watch.look(backing, rt.clock.now())
    assert age(rt, "backup") == 0
    with pytest.raises(RuntimeError):
        await run_due(rt, Job("backup", timedelta(hours=1), fails))
    clock_of(rt).advance(timedelta(hours=30))
    await watch.look(rt, rt.clock.now())
    assert age(rt, "backup") == 0
    await watch.look(backing, rt.clock.now())
    assert (age(rt, "backup") or 0) >= 30 * 3600


def test_the_commands_from_key_to_drill(tmp_path: Path) -> None:
    """As an operator types them, on SQLite: pair, migrate, backup, loss, restore, retain."""
    there, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    made = _command("backup", "--new-key", str(tmp_path / "key"), MOI_DATA_DIR=str(there))
    public = made.stdout.strip().removeprefix("MOI_BACKUP_TO=")
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0
    assert _command("backup", MOI_DATA_DIR=str(there)).returncode == 78
    places = {"MOI_BACKUP_TO": public, "MOI_BACKUP_DIR": str(tmp_path / "dumps")}
    assert _command("backup", MOI_DATA_DIR=str(there), **places).returncode == 78, "no schema yet"
    assert _command("migrate", MOI_DATA_DIR=str(there)).returncode == 0
    assert _command("seed", "--team", "moderator=1", MOI_DATA_DIR=str(there)).returncode == 0
    backed = _command("backup", MOI_DATA_DIR=str(there), **places)
    assert (backed.returncode, len(backed.stdout.splitlines())) == (0, 5), backed.stderr
    wrong = _command("restore", "--key", str(there / "nothing"), MOI_DATA_DIR=str(elsewhere), **places)
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (1, False)
    (there / "keys").rename(tmp_path / "keys")
    elsewhere.mkdir()
    (tmp_path / "keys").rename(elsewhere / "keys")
    back = _command("restore", "--key", str(tmp_path / "key"), MOI_DATA_DIR=str(elsewhere), **places)
    assert back.returncode == 0, back.stderr
    assert "team_account=<10" in back.stdout
    kept = _command("retain", MOI_DATA_DIR=str(elsewhere))
    assert kept.returncode == 0, kept.stderr
    assert list(dumps.dumps(tmp_path / "dumps"))


def _command(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run one command of the server in test mode."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("MOI_")}
    return subprocess.run(
        [sys.executable, "-m", "server", *words],
        cwd=ROOT, env=bare | {"MOI_MODE": "test"} | environment, capture_output=True, text=True,
    )  # fmt: skip
