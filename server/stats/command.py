"""python -m server release: publish what is due, put a note beside a release, or check published files."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from server.kit.errors import AppError
from server.kit.runtime import Runtime
from server.stats import service
from server.stats.files import read_all
from server.stats.service import Organisations
from server.stats.verify import verify


async def release_command(rt: Runtime, rest: Sequence[str] = (), organisations: Organisations | None = None) -> int:
    """Run `release` or `release --note PERIOD TEXT`. Returns the exit status."""
    options = _parser().parse_args(list(rest))
    if options.note:
        period, text = options.note
        return await _note(rt, period, text)
    await service.merge(rt, rt.clock.now())
    published = await service.release_due(rt, rt.clock.now(), organisations)
    print("\n".join(f"published {period}" for period in published) or "nothing is due")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server release")
    parser.add_argument("--note", nargs=2, metavar=("PERIOD", "TEXT"), help="a remark beside a release")
    parser.add_argument("--verify", nargs="+", metavar="PATH", help="check published files or folders of them")
    return parser


async def _note(rt: Runtime, period: str, text: str) -> int:
    try:
        await service.note(rt, period, text, rt.clock.now())
    except AppError as error:
        print(f"not noted: {error.code}")
        return 1
    print(f"noted beside {period}")
    return 0


def verify_command(rest: Sequence[str]) -> int:
    """Run `release --verify FOLDER…`: for anybody with the published files, without settings or stores."""
    texts = read_all(Path(path) for path in _parser().parse_args(list(rest)).verify)
    faults = verify(texts)
    print("\n".join(faults) if faults else f"{len(texts)} releases: chain, rules and ledger are in order")
    return 1 if faults else 0
