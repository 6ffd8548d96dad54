"""What really stands in a store, read beside the application."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.faults.cluster import Cluster


@dataclass(frozen=True)
class Stored:
    """The rows of one room: messages with a number as (seq, client_id, state), and the numbers of all events."""

    messages: list[tuple[int, str, str]]
    events: list[int]
    last_seq: int

    @property
    def holes(self) -> int:
        """Return how many numbers are missing or stand twice between the first event and the last."""
        if not self.events:
            return 0
        return abs(self.events[-1] - self.events[0] + 1 - len(self.events)) + abs(self.last_seq - self.events[-1])


async def rows(cluster: Cluster, query: str, *values: Any, store: str = "vluchtig") -> list[tuple[Any, ...]]:
    """Return the rows of a query; values are written as ? in it."""
    if cluster.postgres is None:
        path = cluster.folder / "var" / f"{store}.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as file:
            return file.execute(query, values).fetchall()
    for number in range(1, len(values) + 1):
        query = query.replace("?", f"${number}", 1)
    connection = await asyncpg.connect(cluster.postgres.url, server_settings={"search_path": store})
    try:
        return [tuple(row) for row in await connection.fetch(query, *values)]
    finally:
        await connection.close()


async def room(cluster: Cluster, room_id: str) -> Stored:
    """Return what is stored of one room."""
    said = "SELECT seq, client_id, state FROM message WHERE room_id = ? AND seq IS NOT NULL ORDER BY seq"
    messages = [(int(seq), str(client_id), str(state)) for seq, client_id, state in await rows(cluster, said, room_id)]
    events = await rows(cluster, "SELECT seq FROM room_event WHERE room_id = ? ORDER BY seq", room_id)
    last = await rows(cluster, "SELECT last_seq FROM room WHERE id = ?", room_id)
    return Stored(messages, [int(row[0]) for row in events], int(last[0][0]))


async def sound(cluster: Cluster) -> bool:
    """Say whether SQLite finds its files whole; always true on PostgreSQL."""
    if cluster.postgres is not None:
        return True
    return (await rows(cluster, "PRAGMA integrity_check")) == [("ok",)]
