"""`python -m server search "woorden"`: the ranking of the page on the command line."""

import argparse
import os
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from server.directory.search import Question
from server.directory.service import directory, shown
from server.kit.clock import AMSTERDAM, SystemClock, local_day
from server.kit.settings import Settings, load

MAX_LIMIT: Final = 100


def search_command(argv: Sequence[str], settings: Settings | None = None) -> dict[str, object]:
    """Return {"ids": [HB numbers, best first], "crisis": bool, "searched_as": str} for the arguments of the command.

    --at is the moment the question is about; what is open then comes first. Exits with a message on a wrong option.
    """
    options = _parser().parse_args(argv)
    show = settings.show_unconfirmed if settings else _shows_unconfirmed()
    moment: datetime | None = options.at
    now = moment or SystemClock().now().astimezone(AMSTERDAM)
    now_shown = shown(show_unconfirmed=show, today=local_day(SystemClock().now()))
    question = Question(" ".join(options.words), _area(options.gemeente), options.postcode4, moment)
    answer = now_shown.search.ask(question, now)
    ids = [service.number for service in answer.in_order[: options.limit]]
    return {"ids": ids, "crisis": answer.crisis, "searched_as": answer.searched_as}


def _shows_unconfirmed() -> bool:
    """Follow the settings of the environment. Where no mode was chosen the command is an editor's look at the files."""
    return "MOI_MODE" not in os.environ or load().show_unconfirmed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server search", description="Search the sociale kaart.")
    parser.add_argument("words", nargs="*", help="what somebody would type")
    parser.add_argument("--gemeente", default="", help="name of a municipality; an unknown name is left out")
    parser.add_argument("--postcode4", default="", help="postcode; only the first four digits are used")
    parser.add_argument("--at", type=_moment, default=None, help="moment in ISO 8601; without offset: local time")
    parser.add_argument("--limit", type=int, default=10, choices=range(1, MAX_LIMIT + 1), metavar="N")
    return parser


def _moment(text: str) -> datetime:
    """Return a local moment. Raises ValueError, which argparse turns into a message."""
    found = datetime.fromisoformat(text)
    return found.astimezone(AMSTERDAM) if found.tzinfo else found.replace(tzinfo=AMSTERDAM)


def _area(name: str) -> str:
    """Return the code of a municipality written by name, code or place; empty when it is none."""
    terms = directory().terms
    try:
        return terms.area_code(name)
    except KeyError:
        spot = directory().gazetteer.exact(name)
        return spot.areas[0] if spot else ""
