"""Invented topics for demo mode, from content/forum/voorbeelden.toml, made by the deeds that visitors use."""

import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from server.forum import queries, service
from server.forum.catalogue import FOLDER
from server.forum.models import PostState
from server.forum.rules import Writer
from server.forum.service import Draft
from server.kit.clock import FixedClock
from server.kit.ids import stable_id
from server.kit.runtime import Runtime

FILE: Final = FOLDER / "voorbeelden.toml"


async def seed(rt: Runtime, now: datetime) -> list[str]:
    """Make the examples, oldest first; what is there already stays as it is.

    An example that does not pass the check of every text is left out, with the replies to it: rules change more often
    than examples. Returns what was left out, for the editor who has to change it.
    """
    async with rt.stores.hoofd.reading() as tx:
        present = set(await queries.topic_ids(tx))
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["onderwerp"]
    missing = [row for row in rows if service.topic_of(_form_key(row["titel"])) not in present]
    steps = [(row, None) for row in missing] + [(row, at) for row in missing for at in range(len(_replies(row)))]
    refused: list[str] = []
    # One clock for all: writing goes from the oldest day to today, and per day from the first topic to the last.
    for row, at in sorted(
        steps, key=lambda step: -(step[0] if step[1] is None else _replies(step[0])[step[1]])["dagen"]
    ):
        if row["titel"] not in refused and not await _write(rt, now, row, at):
            refused.append(row["titel"] if at is None else f"{row['titel']} ({at + 1})")
    return refused


async def _write(rt: Runtime, now: datetime, row: dict[str, Any], at: int | None) -> bool:
    """Write a topic, or the reply at this place in it. Returns whether it was placed."""
    said = row if at is None else _replies(row)[at]
    then = replace(rt, clock=FixedClock(now - timedelta(days=said["dagen"])))
    key = _form_key(row["titel"]) if at is None else _form_key(row["titel"], str(at))
    notes = said.get("let_op", [])
    if at is None:
        draft = Draft(key, said["tekst"], row["titel"], row["categorie"], notes)
        outcome = await service.start_topic(then, _writer(said, key), draft)
    else:
        topic_id = service.topic_of(_form_key(row["titel"]))
        outcome = await service.reply(then, _writer(said, key), topic_id, Draft(key, said["tekst"], notes=notes))
    return outcome.state is PostState.PLACED


def _writer(said: dict[str, Any], form_key: str) -> Writer:
    """Return an invented writer: one key per name, and a limit of their own per text."""
    key = stable_id("voorbeeld", said["naam"])
    return Writer(key, frozenset({key}), key, key, said["naam"], said.get("rol"), newcomer=False, limit=form_key)


def _replies(row: dict[str, Any]) -> list[dict[str, Any]]:
    replies: list[dict[str, Any]] = row.get("reacties", [])
    return replies


def _form_key(*parts: str) -> str:
    return stable_id("voorbeeld", *parts)
