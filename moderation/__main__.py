"""The command line: python -m moderation judge FILE.csv [--context room|talk|forum] · evaluate FILE.csv."""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from moderation.checker import check
from moderation.evaluation import Judged, measures
from moderation.verdicts import Place

COLUMNS = ("id", "label", "severity", "decision", "micros")


def main(arguments: list[str], out: TextIO = sys.stdout) -> int:
    """Run one command. Returns the exit status: 2 when the file cannot be read as it should."""
    parser = argparse.ArgumentParser(prog="python -m moderation")
    parser.add_argument("command", choices=("judge", "evaluate"))
    parser.add_argument("file", type=Path, help="UTF-8, with columns id and text; evaluate wants the answers as well")
    parser.add_argument("--context", type=Place, choices=list(Place), default=Place.ROOM)
    options = parser.parse_args(arguments)
    try:
        rows = list(_rows(options.file))
    except (OSError, UnicodeDecodeError, KeyError) as error:
        print(f"{options.file}: {type(error).__name__}: columns id and text are needed", file=sys.stderr)
        return 2
    check("", place=options.context)  # the rules are compiled before the clock runs
    if options.command == "judge":
        _judge(rows, options.context, out)
    else:
        _evaluate(rows, options.context, out)
    return 0


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield row | {"id": row["id"], "text": row["text"]}


def _judge(rows: list[dict[str, str]], place: Place, out: TextIO) -> None:
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        begun = perf_counter()
        verdict = check(row["text"], place=place)
        micros = round((perf_counter() - begun) * 1e6)
        writer.writerow([row["id"], verdict.label, verdict.severity, verdict.decision.value, micros])


def _evaluate(rows: list[dict[str, Any]], place: Place, out: TextIO) -> None:
    judged = [Judged.of(row, check(row["text"], place=place)) for row in rows]
    for measure in measures(judged):
        print(measure, file=out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
