"""Test data for load and fault tests: visitors with their cookies, rooms, people who wait, team members (contract)."""

import asyncio
from typing import Any

from server.app import make_runtime
from server.chat import service as chat
from server.chat.models import Room, RoomKind
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from server.kit.settings import Settings
from server.migrations.schema import migrate
from server.talks import waiting as talks
from server.team.demo import sign_in_for_tests
from server.team.permissions import Role
from server.visitors import service as visitors

AT_ONCE = 50


async def seed(settings: Settings, people: int, rooms: int, waiting: int, team: dict[str, int]) -> dict[str, Any]:
    """Return {"rooms", "visitors", "waiting", "team"} as the contract describes them."""
    await migrate(settings)
    rt = make_runtime(settings)
    try:
        await chat.ensure_groups(rt)
        made = await _rooms(rt, rooms)
        return {
            "rooms": [{"id": id_} for id_ in made],
            "visitors": await _visitors(rt, people, made),
            "waiting": await _waiting(rt, waiting),
            "team": [row for role, count in team.items() for row in await sign_in_for_tests(rt, Role(role), count)],
        }
    finally:
        await rt.close()


async def _rooms(rt: Runtime, count: int) -> list[str]:
    ids = [new_id() for _ in range(count)]
    async with rt.stores.vluchtig.transaction() as tx:
        tx.add_all([Room(id=id_, kind=RoomKind.GROUP) for id_ in ids])
    return ids


async def _visitors(rt: Runtime, count: int, rooms: list[str]) -> list[dict[str, str]]:
    made = []
    for start in range(0, count, AT_ONCE):
        wanted = range(start, min(count, start + AT_ONCE))
        begun = await asyncio.gather(*(visitors.begin(rt, f"Proef {number}") for number in wanted))
        made += [{"cookie": token, "csrf": visit.csrf} for token, visit in begun]
    return [row | {"room": rooms[at % len(rooms)] if rooms else ""} for at, row in enumerate(made)]


async def _waiting(rt: Runtime, count: int) -> list[dict[str, str]]:
    made = []
    for number in range(count):
        token, visit = await visitors.begin(rt, f"Wacht {number}")
        talk = await talks.ask(rt, visit, "")
        made.append({"cookie": token, "csrf": visit.csrf, "talk": talk})
    return made
