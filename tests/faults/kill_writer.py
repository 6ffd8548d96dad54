"""kill -9 of the embedded process in the middle of 1,000 sends by 20 clients: nothing is lost or doubled."""

import asyncio
import random
from typing import Any

from sqlalchemy import create_engine, text

from tests.faults.checker import judge
from tests.faults.client import Client
from tests.faults.server import Server

CLIENTS = 20
SENDS = 50
KILLS = 3


async def run(seed: int = 1) -> dict[str, Any]:
    """Run once. Returns the figures; `seq` without gaps is read from the database itself."""
    chance = random.Random(seed)
    async with Server() as server:
        made = server.seed(visitors=CLIENTS, rooms=1)
        room = made["rooms"][0]["id"]
        await server.start()
        clients = [
            Client(server.socket, server.origin, visitor, room, random.Random(chance.random()))
            for visitor in made["visitors"]
        ]
        await asyncio.gather(*(client.open() for client in clients))
        sending = [asyncio.create_task(_send(client, number)) for number, client in enumerate(clients)]
        for nth in range(1, KILLS + 1):
            while sum(len(client.told.acked) for client in clients) < CLIENTS * SENDS * nth / (KILLS + 1):
                await asyncio.sleep(0.01)
            server.kill()
            await server.start()
        await asyncio.gather(*sending)
        last = max(seq for client in clients for seq in client.told.acked.values())
        await asyncio.gather(*(client.catch_up(last) for client in clients))
        report = judge(clients)
        await asyncio.gather(*(client.close() for client in clients))
        server.stop()
        report |= _stored(server, room)
    report["passed"] = (
        report["acked"] == CLIENTS * SENDS == report["stored"]
        and not any(report[name] for name in ("lost", "duplicate", "reordered", "gaps", "holes"))
        and report["integrity"] == "ok"
    )
    return {"name": "kill_writer", "seed": seed, "kills": KILLS} | report


async def _send(client: Client, number: int) -> None:
    for nth in range(SENDS):
        await client.send(f"Proefbericht {number} nummer {nth} met wat gewone woorden")


def _stored(server: Server, room: str) -> dict[str, Any]:
    engine = create_engine(f"sqlite:///{server.folder / 'var' / 'vluchtig.sqlite'}")
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT seq FROM message WHERE room_id = :room ORDER BY seq"), {"room": room})
        seqs = [row[0] for row in rows]
        integrity = connection.execute(text("PRAGMA integrity_check")).scalar()
    engine.dispose()
    return {"stored": len(seqs), "holes": len(seqs) and seqs[-1] - len(seqs), "integrity": integrity}
