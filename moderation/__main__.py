"""The command line: python -m moderation judge|evaluate FILE.csv [--context room|talk|forum] · train FILE.csv …."""

import argparse
import csv
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from moderation.checker import check
from moderation.checker.rulebook import WEIGHTS
from moderation.evaluation import Judged, measures
from moderation.training import trained
from moderation.verdicts import Place

COLUMNS = ("id", "label", "severity", "decision", "micros")


def main(arguments: list[str], out: TextIO = sys.stdout) -> int:
    """Run one command. Returns the exit status: 2 when the file cannot be read as it should."""
    parser = argparse.ArgumentParser(prog="python -m moderation")
    parser.add_argument("command", choices=("judge", "evaluate", "train"))
    parser.add_argument(
        "files", type=Path, nargs="+", help="UTF-8, with columns id and text; evaluate and train want the answers too"
    )
    parser.add_argument("--context", type=Place, choices=list(Place), default=Place.ROOM)
    options = parser.parse_args(arguments)
    try:
        rows = [row for path in options.files for row in _rows(path)]
    except (OSError, UnicodeDecodeError, KeyError) as error:
        print(
            f"{', '.join(map(str, options.files))}: {type(error).__name__}: columns id and text are needed",
            file=sys.stderr,
        )
        return 2
    if options.command == "train":
        WEIGHTS.write_text(trained((row["text"], row["label"]) for row in rows), encoding="utf-8")
        return 0
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
