"""CPU per message of the send path, in a process of its own: python -m tests.bench.write MESSAGES. Prints JSON.

stage: room number, message, event and commit. send: everything between a frame and its `ack`, the stage included.
Nothing of a socket is in it, and of PostgreSQL only what this process does for it.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from server.app import make_runtime
from server.chat import placing, service
from server.chat.envelopes import Content
from server.chat.models import Room, RoomKind
from server.chat.placing import Placing
from server.chat.rules import Speaker
from server.chat.service import Draft
from server.chat.speakers import visitor_in
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from server.kit.settings import load
from server.migrations.schema import migrate
from server.visitors import service as visitors
from tests.bench import texts

ROOMS: Final = 20
PEOPLE: Final = 100
UNDER_WAY: Final = 200
WARM: Final = 200

Deed = Callable[[int], Awaitable[object]]


async def main(messages: int) -> dict[str, float]:
    """Return microseconds of CPU per message."""
    settings = load()
    await migrate(settings)
    rt = make_runtime(settings)
    try:
        seats = await _seats(rt)

        async def send(number: int) -> object:
            room, speaker = seats[number % len(seats)]
            return await service.send(rt, speaker, _draft(room, number))

        await send(0)  # the rules of the checker are read at the first message
        await _at_load(send, range(1, WARM))
        sent = await _at_load(send, range(WARM, WARM + messages))
        stage = await _stage(rt, seats, messages)
        return {"send": sent, "stage": stage}
    finally:
        await rt.close()


async def _seats(rt: Runtime) -> list[tuple[Room, Speaker]]:
    rooms = [Room(id=new_id(), kind=RoomKind.GROUP) for _ in range(ROOMS)]
    async with rt.stores.vluchtig.transaction() as tx:
        tx.add_all(rooms)
    visits = [(await visitors.begin(rt, f"Proef {number}"))[1] for number in range(PEOPLE)]
    now = rt.clock.now()
    return [
        (room, visitor_in(visit, room.id, room.kind, now))
        for visit, room in zip(visits, rooms * (PEOPLE // ROOMS), strict=True)
    ]


async def _stage(rt: Runtime, seats: Sequence[tuple[Room, Speaker]], messages: int) -> float:
    """Measure the write alone, on messages that were judged and sealed before."""
    numbers = range(WARM + messages, WARM + 2 * messages)
    made = {}
    for number in numbers:
        room, speaker = seats[number % len(seats)]
        made[number] = _placing(rt, room, speaker, number)

    async def write(number: int) -> object:
        return await rt.stores.vluchtig.write_plain(placing.store, made[number])

    return await _at_load(write, numbers)


def _placing(rt: Runtime, room: Room, speaker: Speaker, number: int) -> Placing:
    text = texts.said(number)
    content = Content(text, speaker.name, {})
    return service._sealed(rt, room, speaker, _draft(room, number), text, content)


def _draft(room: Room, number: int) -> Draft:
    return Draft(room.id, f"{number:08x}-0000-4000-8000-000000000000", texts.said(number))


async def _at_load(deed: Deed, numbers: Sequence[int]) -> float:
    """Do it for every number, always so many under way. Returns microseconds of CPU each, all threads counted."""
    waiting = iter(numbers)

    async def one_after_another() -> None:
        for number in waiting:
            await deed(number)

    began = time.process_time()
    await asyncio.gather(*(one_after_another() for _ in range(UNDER_WAY)))
    return (time.process_time() - began) / len(numbers) * 1e6


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(int(sys.argv[1])))))
