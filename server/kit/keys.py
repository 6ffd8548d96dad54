"""Named keys with versions, kept as files outside every database, image and backup (privacy 4.5)."""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from server.kit.clock import local_day
from server.kit.crypto import KEY_BYTES, Secret, keyed_hash

NAMES: Final = ("sess", "pepper", "site", "ban", "veld", "vluchtig", "ticket", "audit")
STAMP: Final = "%Y%m%dT%H%M%SZ"
YOUNG_NS: Final = 1_000_000_000
"""A folder changed this short a time ago may change again without its time of change showing it."""


class KeyGone(Exception):
    """This version of the key was destroyed, so what it sealed can never be read again."""


@dataclass(frozen=True)
class KeyVersion:
    """One version of a named key. number rises by one; born is an aware UTC moment."""

    number: int
    born: datetime
    secret: Secret


class Keyring:
    """All keys of one installation, in one folder that only its owner may read.

    File names are `<name>.<version>.<born>`. Several processes share the folder, and only one of them renews and
    destroys keys: each looks at the folder's time of change first, so that nobody seals with a key that is going.
    """

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        """Open or create the folder with mode 0700."""
        self._folder = folder
        self._path = str(folder)
        self._now = now
        self._known: dict[str, dict[int, KeyVersion]] = {name: {} for name in NAMES}
        self._seen = 0
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._read()

    def current(self, name: str) -> tuple[int, Secret]:
        """Return the newest version and its key; the first call makes version 1."""
        self._refresh()
        if not self._known[name]:
            self.rotate(name)
        newest = self._known[name][max(self._known[name])]
        return newest.number, newest.secret

    def version(self, name: str, number: int) -> Secret:
        """Return one version. Raises KeyGone when it was destroyed or never existed."""
        self._refresh()
        try:
            return self._known[name][number].secret
        except KeyError:
            raise KeyGone(name) from None

    def versions(self, name: str) -> list[KeyVersion]:
        """Return all versions that exist, newest first."""
        self._refresh()
        return sorted(self._known[name].values(), key=lambda key: -key.number)

    def of_today(self, purpose: str, text: str) -> str:
        """Return a keyed hash of a text, in hex, that is another one tomorrow: for what rests outside our stores."""
        day = local_day(self._now()).isoformat()
        return keyed_hash(self.current("sess")[1], b"today", purpose.encode(), day.encode(), text.encode()).hex()

    def rotate(self, name: str) -> int:
        """Make the next version and return its number. Two processes at once end with the same one."""
        number = max(self._known[name], default=0) + 1
        born = self._now().astimezone(UTC).replace(microsecond=0)
        with self._turn() as folder:
            if not list(self._folder.glob(f"{name}.{number}.*")):
                self._write(f"{name}.{number}.{born.strftime(STAMP)}", Secret.random(KEY_BYTES))
                os.fsync(folder)
        self._read()
        return number

    def rotate_if_older(self, name: str, age: timedelta) -> None:
        """Make a new version when the newest one is older than age."""
        self.current(name)
        if self._now() - self.versions(name)[0].born >= age:
            self.rotate(name)

    def destroy_older(self, name: str, age: timedelta) -> int:
        """Destroy the versions that began longer than age ago, never the newest. Returns how many went."""
        gone = [key for key in self.versions(name)[1:] if self._now() - key.born >= age]
        for key in gone:
            for path in self._folder.glob(f"{name}.{key.number}.*"):
                path.write_bytes(b"\0" * KEY_BYTES)
                path.unlink()
            del self._known[name][key.number]
        return len(gone)

    @contextmanager
    def _turn(self) -> Iterator[int]:
        """Let one process at a time make keys. Gives the folder's descriptor."""
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield folder
        finally:
            os.close(folder)

    def _write(self, file_name: str, secret: Secret) -> None:
        """Write a key under another name first: who reads the folder finds all of it or nothing."""
        unfinished = self._folder / "unfinished"
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret.reveal())
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self._folder / file_name)

    def _refresh(self) -> None:
        if os.stat(self._path).st_mtime_ns != self._seen:  # for every message: a Path would cost ten times more
            self._read()

    def _read(self) -> None:
        changed = self._folder.stat().st_mtime_ns
        known: dict[str, dict[int, KeyVersion]] = {name: {} for name in NAMES}
        for path in self._folder.glob("*.*.*"):
            name, number, stamp = path.name.split(".")
            try:
                secret = path.read_bytes()
            except FileNotFoundError:  # destroyed meanwhile
                continue
            if name in known and len(secret) == KEY_BYTES:
                born = datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
                known[name][int(number)] = KeyVersion(int(number), born, Secret(secret))
        self._known = known
        self._seen = changed if time.time_ns() - changed > YOUNG_NS else 0
