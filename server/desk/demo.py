"""Invented people write in two groups, through the same door as everybody, so that a demo has cases to decide."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from server.chat import queries as rooms_of_chat
from server.chat import service as chat
from server.chat.groups import groups
from server.chat.rules import Speaker
from server.chat.service import Draft
from server.kit.errors import Forbidden, TooMany
from server.kit.ids import stable_id
from server.kit.runtime import Runtime


@dataclass(frozen=True)
class Line:
    """Somebody says something in a group; report: the category under which somebody else reported it."""

    group: str
    name: str
    text: str
    report: str = ""


LINES: Final = (
    Line("huiskamer", "Stille Wilg", "Moi allemaal. Hoe is jullie dag?"),
    Line("huiskamer", "Groene Reiger", "Druk in mijn hoofd. Even gewandeld langs het Reitdiep, dat hielp wat."),
    Line("huiskamer", "Zachte Mist", "Wandelen doe ik ook. Gewoon een rondje zonder telefoon."),
    Line("huiskamer", "Late Zwaluw", "Wie zo denkt, snapt er niets van.", report="kwetsend"),
    Line("huiskamer", "Late Zwaluw", "Jullie zijn allemaal slappelingen. Stel je niet zo aan."),
    Line("huiskamer", "Stille Wilg", "Dat vind ik niet aardig om te lezen."),
    Line("huiskamer", "Warme Steen", "Bel mij maar, dan praten we verder: 06 12 34 56 78."),
    Line("huiskamer", "Oude Eik", "Ik kan niet meer. Vanavond maak ik er een eind aan. Dag allemaal."),
    Line("huiskamer", "Groene Reiger", "Ik denk aan iedereen die het vanavond zwaar heeft."),
    Line("huiskamer", "Lichte Veer", "Acht maanden wacht ik nu. Soms denk ik dat niemand mij zou missen."),
    Line("huiskamer", "Rustige Rietzanger", "Ik wacht ook. Hier schrijven helpt mij een beetje."),
    Line("huiskamer", "Grijze Golf", "Kijk op snelgelukkig.example voor mijn cursus, nu met korting."),
)


async def seed(rt: Runtime, now: datetime) -> None:
    """Say the lines; what was said before stays as it is, and a closed group hears nothing."""
    rooms = {group.slug: group_id for group_id, group in groups().items()}
    keys = [str(UUID(stable_id("demo", str(number)))) for number in range(len(LINES))]
    async with rt.stores.vluchtig.reading() as tx:
        said_before = {key for key in keys if await rooms_of_chat.by_client_id(tx, key) is not None}
    for key, line in zip(keys, LINES, strict=True):
        if key in said_before:
            continue
        room_id = rooms[line.group]
        draft = Draft(room_id, key, line.text)
        try:
            said = await chat.send(rt, _speaker(line.name, room_id), draft)
            if line.report and not said.dup:
                await chat.report(rt, _speaker("Zachte Mist", room_id), said.id, line.report)
        except (Forbidden, TooMany):
            return


def _speaker(name: str, room_id: str) -> Speaker:
    key = stable_id("demo", name, room_id)
    return Speaker(key, frozenset({key}), name, None, newcomer=False, limit=key, reporter_key=key, sign_key=key)
