"""Which dumps are made, what is in none of them, and how long each is kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from server.kit.locked_file import new_pair, private_key, read_locked
from server.kit.runtime import Runtime
from server.kit.settings import Settings
from server.migrations.schema import migrate
from server.migrations.tables import METADATA
from server.upkeep import dumps, rows
from server.upkeep.dumps import Dump
from tests.booking.making import open_office
from tests.forum.cast import topic

START = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)
WORDS = "Woorden die nergens leesbaar mogen staan."


@pytest.fixture
def key(rt: Runtime, tmp_path: Path) -> tuple[Settings, str]:
    """Settings with a recipient, and the key that stays offline."""
    public, private = new_pair()
    return replace(rt.settings, backup_to=public, backup_dir=tmp_path / "dumps"), private


def lines(path: Path, private: str) -> Iterator[bytes]:
    return read_locked(path, private_key(private))


async def test_every_table_is_in_one_dump_or_has_a_reason(rt: Runtime, key: tuple[Settings, str]) -> None:
    """`vluchtig` is in none, the index and what lives for hours neither, keys apart (privacy 3, 4.6)."""
    settings, private = key
    made = await dumps.make(settings, rt.clock.now())
    assert sorted(path.name.split("-2")[0] for path in made) == [
        "afspraken", "hoofd", "sleutels-afspraken", "sleutels-hoofd", "tellingen.moi",
    ]  # fmt: skip
    kept = {
        store: {name for name, _ in _tables(path, private)} for path in made for store in [path.name.split("-2")[0]]
    }
    everything = {
        store: {table.name for part in parts for table in part.tables.values()} for store, parts in METADATA.items()
    }
    assert everything["hoofd"] - kept["hoofd"] == {"stem", "job_run", "team_login", "sleutel", "tombstone"}
    assert kept["sleutels-hoofd"] == {"sleutel", "tombstone", "hidden_post"}
    assert everything["afspraken"] - kept["afspraken"] == {"sleutel", "used_proof"}
    assert kept["tellingen.moi"] == everything["tellingen"]
    short_lived = everything["vluchtig"] - {"used_proof"}
    assert not short_lived & set().union(*kept.values())


def _tables(path: Path, private: str) -> list[tuple[str, int]]:
    """Return (table, rows) of a dump, empty tables too."""
    found = [orjson.loads(line) for line in lines(path, private)]
    (counts,) = [line["counts"] for line in found if isinstance(line, dict) and "counts" in line]
    return list(counts.items())


async def test_rows_stand_in_the_order_of_their_keys(rt: Runtime, key: tuple[Settings, str]) -> None:
    """Not in that of their arrival, which would date every post (privacy 2.5, 5.3)."""
    settings, private = key
    for number in range(8):
        await topic(rt, f"Merel {number}", f"Onderwerp {number}")
    made = await dumps.make(settings, rt.clock.now())
    (path,) = [path for path in made if path.name.startswith("hoofd-")]
    content = lines(path, private)
    next(content)
    ids = [row["id"] for table, some in rows.read(content) if table == "post" for row in some]
    assert len(ids) == 8
    assert ids == sorted(ids)


async def test_nobody_reads_a_word_in_a_dump(rt: Runtime, key: tuple[Settings, str]) -> None:
    settings, private = key
    await topic(rt, "Stille Wulp", "Een titel van mij", WORDS)
    await (await open_office(rt)).booked()
    made = await dumps.make(settings, rt.clock.now())
    raw = b"".join(path.read_bytes() for path in made)
    opened = b"".join(line for path in made for line in lines(path, private))
    for word in (WORDS, "Stille Wulp", "Een titel van mij"):
        assert word.encode() not in raw
        assert word.encode() not in opened, "even with the offline key the words are sealed under keys of their own"


async def test_no_recipient_no_dump(rt: Runtime, tmp_path: Path) -> None:
    with pytest.raises(dumps.NoRecipient):
        await dumps.make(replace(rt.settings, backup_dir=tmp_path / "dumps"), rt.clock.now())
    assert not (tmp_path / "dumps").exists()


def test_keys_two_days_rows_fourteen_the_first_of_each() -> None:
    """Every four hours for twenty days."""
    found = [
        Dump(Path(f"{store}-{START + timedelta(hours=4 * turn)}"), store, START + timedelta(hours=4 * turn))
        for store in ("hoofd", "sleutels-hoofd")
        for turn in range(120)
    ]
    now = found[-1].at + timedelta(hours=1)
    kept = [dump for dump in found if dump not in dumps.overdue(found, now)]
    keys = [now - dump.at for dump in kept if dump.store.startswith("sleutels")]
    kept_rows = [dump.at for dump in kept if not dump.store.startswith("sleutels")]
    assert max(keys) < timedelta(days=2)
    assert len(keys) == 12
    assert now - min(kept_rows) < timedelta(days=14)
    assert len({at.date() for at in kept_rows}) == 14
    assert [at for at in kept_rows if now - at >= timedelta(days=2) and at.hour] == []


async def test_old_dumps_go_when_new_ones_are_made(rt: Runtime, key: tuple[Settings, str]) -> None:
    settings, _ = key
    await dumps.make(settings, rt.clock.now())
    for days in (3, 16):
        await dumps.make(settings, rt.clock.now() + timedelta(days=days))
    names = sorted(dump.path.name for dump in dumps.dumps(dumps.folder_of(settings)))
    assert len([name for name in names if name.startswith("sleutels")]) == 2
    assert len([name for name in names if name.startswith("hoofd")]) == 2


async def test_a_dump_that_miscounts_is_refused() -> None:
    good = [b'{"table":"t","columns":["a"]}', b"[1]", b"[2]", b'{"counts":{"t":2}}']
    assert list(rows.read(iter(good))) == [("t", [{"a": 1}, {"a": 2}])]
    for broken in (good[:-1], [good[0], good[1], good[3]], [b'{"table":"u","columns":["a"]}', *good[1:]]):
        with pytest.raises(rows.Damaged):
            list(rows.read(iter(broken)))


async def test_a_broken_sqlite_file_is_not_dumped(rt: Runtime, key: tuple[Settings, str], tmp_path: Path) -> None:
    """A dump of a damaged store would replace a good one some day."""
    settings = replace(key[0], data_dir=tmp_path / "broken", database_url="")
    await migrate(settings)
    path = settings.data_dir / "hoofd.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:12288] = bytes(4096)
    path.write_bytes(content)
    for log in settings.data_dir.glob("hoofd.sqlite-*"):
        log.unlink()
    with pytest.raises(rows.Damaged):
        await dumps.make(settings, rt.clock.now())
    assert not [one for one in dumps.folder_of(settings).iterdir() if one.name.startswith("hoofd")]
