"""python -m server backup · restore · retain: what an operator reads. Counts under ten are not told (privacy 5.1)."""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from server.app import make_runtime
from server.jobs import RETENTION
from server.kit.clock import SystemClock, local_day
from server.kit.crypto import Unreadable
from server.kit.db.sqlite import StoreInUse
from server.kit.locked_file import new_pair, private_key
from server.kit.settings import EXIT_BAD_SETTINGS, Settings
from server.migrations.schema import UnknownSchema, check
from server.upkeep import dumps, restore
from server.upkeep.retain import FEWEST_TOLD, retain
from server.upkeep.rows import Damaged

USED: Final = "a server has store {} open: stop it first"


async def backup_command(settings: Settings, rest: list[str]) -> int:
    """Make the dumps now; beside a running server too. --new-key FILE makes a key pair instead."""
    parser = argparse.ArgumentParser(prog="python -m server backup")
    parser.add_argument("--new-key", type=Path, metavar="FILE", help="write a new private key, print the public one")
    options = parser.parse_args(rest)
    if options.new_key:
        return _new_key(options.new_key)
    try:
        await check(settings)
        for path in await dumps.make(settings, SystemClock().now()):
            print(path)
    except dumps.NoRecipient:
        return _refuse("MOI_BACKUP_TO is empty: make a pair with --new-key on a machine that stays offline")
    except UnknownSchema as error:
        return _refuse(f"store {error} needs `python -m server migrate`")
    except Damaged:
        return _refuse("a store is damaged; see docs/runbooks/damaged-sqlite.md", 1)
    return 0


async def restore_command(settings: Settings, rest: list[str]) -> int:
    """Fill empty stores from the newest dumps, or from those of one time."""
    parser = argparse.ArgumentParser(prog="python -m server restore")
    parser.add_argument("--key", type=Path, required=True, help="file with the private key")
    parser.add_argument("--from", dest="folder", type=Path, help="folder of the dumps")
    parser.add_argument("--at", default="", metavar="20260131T0400Z", help="the time in the names; else the newest")
    options = parser.parse_args(rest)
    try:
        key = private_key(options.key.read_text(encoding="ascii").strip())
        found = restore.choose(options.folder or dumps.folder_of(settings), options.at)
        done = await restore.restore(settings, found, key)
    except restore.NotEmpty as error:
        return _refuse(f"store {error} is not empty; a restore writes over nothing", 1)
    except restore.DumpMissing as error:
        return _refuse(f"no dump of {error} there", 1)
    except (Unreadable, Damaged, ValueError, OSError):
        return _refuse("this key does not open these dumps, or they are not whole", 1)
    except StoreInUse as error:
        return _refuse(USED.format(error))
    for store, tables in done.rows.items():
        print(store, *(f"{table}={_told(number)}" for table, number in tables.items()))
    print(f"taken out again: forgotten={_told(done.forgotten)} unreadable={_told(done.unreadable)}")
    return 0


async def retain_command(settings: Settings, rest: list[str]) -> int:
    """Delete now what has had its time; the server does it every night."""
    try:
        rt = make_runtime(settings)
    except StoreInUse as error:
        return _refuse(USED.format(error))
    try:
        gone = await retain(rt, RETENTION)
    finally:
        await rt.close()
    print(local_day(SystemClock().now()).isoformat(), *(f"{table}={number}" for table, number in gone.items()))
    return 0


def _new_key(path: Path) -> int:
    public, private = new_pair()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _refuse(f"{path} is there already", 1)
    with os.fdopen(descriptor, "w") as file:
        file.write(private + "\n")
    print(f"MOI_BACKUP_TO={public}")
    return 0


def _told(number: int) -> str:
    return str(number) if number >= FEWEST_TOLD or number == 0 else f"<{FEWEST_TOLD}"


def _refuse(why: str, status: int = EXIT_BAD_SETTINGS) -> int:
    print(why, file=sys.stderr)
    return status
