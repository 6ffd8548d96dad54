"""Dumps of what may be kept: when, under which names, and for how long (privacy 3, 4.6, 5; D15)."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from sqlalchemy import Select, select
from sqlmodel import col

from server.forum.models import Post, PostState
from server.kit.locked_file import LockedWriter, public_key
from server.kit.runtime import Runtime
from server.kit.settings import Settings
from server.migrations.schema import head
from server.upkeep.rows import Part, lines, snapshot

STAMP: Final = "%Y%m%dT%H%MZ"
ENDING: Final = ".moi"
OFTEN_KEPT: Final = timedelta(days=2)
DAILY_KEPT: Final = timedelta(days=14)
WEEK: Final = timedelta(days=7)
FOUR_HOURLY: Final = ("hoofd", "afspraken")
"""`tellingen` has one copy a week, overwritten; `vluchtig` never has one."""
OUT_OF_SIGHT: Final[dict[str, Select[Any]]] = {
    "hidden_post": select(col(Post.id)).where(col(Post.state) == PostState.HIDDEN).order_by(col(Post.id))
}
"""Kept with the keys: what was hidden since an older dump must not come back with it."""


@dataclass(frozen=True)
class Dump:
    """One file of a folder. store: of the rows, or "sleutels-<store>" for what is kept with the keys."""

    path: Path
    store: str
    at: datetime


class NoRecipient(Exception):
    """There is nobody to lock a dump to: MOI_BACKUP_TO is empty."""


async def every_four_hours(rt: Runtime, now: datetime) -> None:
    """Make the dumps that are due and delete those that are over; nothing where no recipient is set."""
    if rt.settings.backup_to:
        await make(rt.settings, now)


async def make(settings: Settings, now: datetime) -> list[Path]:
    """Dump the stores and their keys. Returns the new files. Raises NoRecipient or Damaged."""
    if not settings.backup_to:
        raise NoRecipient
    to, folder = public_key(settings.backup_to), folder_of(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stamp = f"{now.astimezone(UTC):{STAMP}}{ENDING}"
    made = []
    for store in FOUR_HOURLY:
        made.append(await _write(settings, store, "rows", folder / f"{store}-{stamp}", to))
        made.append(await _write(settings, store, "keys", folder / f"sleutels-{store}-{stamp}", to))
    weekly = folder / f"tellingen{ENDING}"
    if not weekly.exists() or now.timestamp() - weekly.stat().st_mtime >= WEEK.total_seconds():
        made.append(await _write(settings, "tellingen", "rows", weekly, to))
    for over in overdue(list(dumps(folder)), now):
        over.path.unlink()
    _sync(folder)
    return made


def folder_of(settings: Settings) -> Path:
    """Return where the dumps go."""
    return settings.backup_dir if str(settings.backup_dir) != "." else settings.data_dir / "dumps"


def dumps(folder: Path) -> Iterator[Dump]:
    """Yield the dumps of a folder that carry a time, oldest first."""
    for path in sorted(folder.glob(f"*-*{ENDING}")):
        store, _, stamp = path.stem.rpartition("-")
        yield Dump(path, store, datetime.strptime(stamp, STAMP).replace(tzinfo=UTC))


def overdue(found: list[Dump], now: datetime) -> list[Dump]:
    """Return what is kept no longer: keys after two days; rows too, but for the first of each day, kept fourteen."""
    first_of_day: dict[tuple[str, str], Dump] = {}
    for dump in sorted(found, key=lambda one: one.at):
        first_of_day.setdefault((dump.store, f"{dump.at:%Y%m%d}"), dump)
    daily = [dump for dump in first_of_day.values() if not dump.store.startswith("sleutels")]
    kept = [dump for dump in found if now - dump.at < (DAILY_KEPT if dump in daily else OFTEN_KEPT)]
    return [dump for dump in found if dump not in kept]


def latest(folder: Path) -> datetime | None:
    """Return when the newest dump of rows was made."""
    return max((dump.at for dump in dumps(folder) if dump.store in FOUR_HOURLY), default=None)


async def _write(settings: Settings, store: str, part: Part, path: Path, to: X25519PublicKey) -> Path:
    heading = f'{{"store":"{store}","part":"{part}","revision":"{head(store)}"}}\n'.encode()
    more = OUT_OF_SIGHT if (store, part) == ("hoofd", "keys") else None
    file = LockedWriter(path, to)
    try:
        async with snapshot(settings, store) as connection:
            file.write(heading)
            async for line in lines(connection, store, part, more):
                file.write(line)
        await asyncio.to_thread(file.finish)
    except BaseException:
        file.abandon()
        raise
    return path


def _sync(folder: Path) -> None:
    """Make the names of the new files durable too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
