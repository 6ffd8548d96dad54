"""What was hidden is never shown again: to who was away, slow, on another transport or process, on a page, in a search.

Each text holds a word that nobody else says; after the hiding has committed, that word may come out of no door.
"""

import asyncio
import json
from typing import Any

from server.chat.groups import groups
from server.forum.rules import Writer
from server.forum.service import Draft, start_topic
from server.kit.ids import new_id, stable_id
from server.kit.runtime import Runtime
from tests.faults.history import What
from tests.faults.lines import Door, PollLine, SseLine, WsLine
from tests.faults.loadclient import LoadClient
from tests.faults.people import Moderator, Person
from tests.faults.stage import Options, Report, Stage, open_stage, sentence, verdict

STORES = ("sqlite", "pg")
LINES = (WsLine, SseLine, PollLine)
CROWD = 4
PEOPLE = 10 + CROWD
SMALL_BUFFER = 4096
WAITING_BYTES = 48 * 1024
"""So much waits in the server for a reader who does not read before the text is said: it waits there too."""
SORROW = "Ik snij mezelf soms als het te veel wordt"
"""Placed at once, with a case for a moderator."""


async def run(options: Options) -> Report:
    """Hide texts while people are there, away and slow; then ask for them at every door."""
    rounds = options.pick(1, 20)
    leaks: list[str] = []
    seen_before = 0
    seed: dict[str, Any] = {"visitors": PEOPLE, "team": "moderator=1"}
    async with open_stage(options, prepare=_topics, **seed) as stage:
        room = next(iter(groups()))
        for nth in range(rounds):
            scene = Scene(stage, room, f"kornoelje{nth}")
            leaks += await scene.play()
            seen_before += scene.seen_before
        leaks += await _forum(stage)
        measured = await stage.measured()
    report: Report = {"rounds": rounds, "leaks": leaks, "doors_before": seen_before} | measured
    return verdict("hide_leak", options, report, nothing_leaks=not leaks, really_seen=seen_before >= rounds * 5)


class Scene:
    """One text in a group, from before it is said until after it is hidden."""

    def __init__(self, stage: Stage, room: str, word: str) -> None:
        """word: what stands in this text and in no other."""
        self.stage, self.room, self.word = stage, room, word
        self.seen_before = 0

    async def play(self) -> list[str]:
        """Return at which doors the word came out after the hiding."""
        first = len(self.stage.clients)
        there = [await self._enter(number, line) for number, line in enumerate(LINES)]
        away = [await self._enter(3 + number, line) for number, line in enumerate(LINES)]
        slow = await self._enter(6, lambda: WsLine(SMALL_BUFFER))
        talker = await self._enter(7, WsLine)
        slow.stop_reading()
        await self._fill()
        answer = await talker.send(f"{SORROW}, {self.word} {sentence(7, first)}")
        await asyncio.gather(*(one.catch_up(answer["seq"]) for one in [*there, *away]))
        self.seen_before += sum(answer["id"] in one.seen for one in [*there, *away])
        self.seen_before += await self._pages()
        positions = [(one.epoch, one.last_seq - 2) for one in away]
        await asyncio.gather(*(one.close() for one in away))
        assert await Moderator(self.stage, self.stage.made["team"][0]).hide(answer["id"])
        begun = len(self.stage.history.entries)
        slow.read_on()
        back = [await self._enter(3 + nth, line, positions[nth]) for nth, line in enumerate(LINES)]
        late = [await self._enter(8, line, (there[0].epoch, 0)) for line in LINES]
        everybody = [*there, *back, *late, talker, slow]
        last = (await talker.send(sentence(7, first + 1)))["seq"]
        caught = await asyncio.gather(*(one.catch_up(last) for one in everybody))
        leaks = [f"screen of {one.number - first}" for one in everybody if answer["id"] in one.seen]
        leaks += [
            f"frame to {entry.who - first}" for entry in self.stage.history.entries[begun:] if self._in(entry.text)
        ]
        leaks += [f"{one.number - first} did not catch up" for one, up in zip(everybody, caught, strict=True) if not up]
        leaks += await self._backfill(there + late)
        leaks += ["a page"] * await self._pages()
        await asyncio.gather(*(one.close() for one in everybody))
        return leaks

    async def _enter(self, number: int, line: Any, position: tuple[str | None, int] | None = None) -> LoadClient:
        """Let one of the visitors in, through each process in turn; from a position, as after a pause."""
        doors = self.stage.doors
        door = doors[len(self.stage.clients) % len(doors)]
        client = self.stage.client(number, room=self.room, line=line, doors=[Door(door.port, door.origin)])
        if position is not None:
            client.epoch, client.last_seq = position[0], max(0, position[1])
            self.stage.history.note(client.number, What.START, seq=client.last_seq)
        await client.start()
        return client

    async def _fill(self) -> None:
        """Say so much that some of it waits in the server for who does not read."""
        crowd = [await self._enter(10 + number, WsLine) for number in range(CROWD)]
        for nth in range(300):
            await asyncio.gather(*(one.send(sentence(one.number, nth, 1900)) for one in crowd))
            if await self._waiting() > WAITING_BYTES:
                break
        else:
            raise AssertionError("the slow reader is not slow")
        await asyncio.gather(*(one.close() for one in crowd))

    async def _waiting(self) -> int:
        found = [await app.exact() for app in self.stage.cluster.apps]
        return max(int(one["numbers"]["queue_bytes_now"]) for one in found if one is not None)

    def _in(self, text: str | None) -> bool:
        return text is not None and self.word in text

    async def _backfill(self, clients: list[LoadClient]) -> list[str]:
        """Ask for what was said, in both directions. Returns where the word came."""
        leaks = []
        for client in clients:
            for way in ({"after_seq": max(0, client.last_seq - 60)}, {"before_seq": client.last_seq + 1}):
                page = await client.ask({"t": "backfill", "epoch": client.epoch, "limit": 100} | way)
                assert page["t"] == "page", page
                leaks += [f"backfill of {client.number}"] * self._in(json.dumps(page))
        return leaks

    async def _pages(self) -> int:
        """Return on how many pages of all processes the word stands."""
        found = 0
        for app in range(len(self.stage.cluster.ports)):
            visitor = Person(self.stage, self.stage.made["visitors"][9], app)
            found += self.word in (await visitor.get(f"/groepen/{self.room}")).text
        return found


async def _topics(rt: Runtime) -> dict[str, Any]:
    """Start a topic of the forum that a moderator will see."""
    key = stable_id("fout", "schrijver")
    writer = Writer(key, frozenset({key}), key, key, "Merel", None, newcomer=False, limit=key)
    draft = Draft(new_id(), f"{SORROW}. Hoe gaan jullie om met vlierbloesem?", "Vlierbloesem", 4, [])
    placed = await start_topic(rt, writer, draft)
    return {"topic": placed.topic_id, "post": placed.post_id}


async def _forum(stage: Stage) -> list[str]:
    """Hide a topic, and return on which pages of the forum its words stand afterwards."""
    before = await _forum_doors(stage)
    assert all(before.values()), before
    assert await Moderator(stage, stage.made["team"][0]).hide(stage.made["post"])
    return [door for door, shown in (await _forum_doors(stage)).items() if shown]


async def _forum_doors(stage: Stage) -> dict[str, bool]:
    """Say for the topic's own page, the list and a search at each process whether a word of the text stands there."""
    found: dict[str, bool] = {}
    for app in range(len(stage.cluster.ports)):
        visitor = Person(stage, stage.made["visitors"][9], app)
        searched = await visitor.post("/forum", woorden="vlierbloesem")
        pages = {
            "topic": (await visitor.get(f"/forum/{stage.made['topic']}")).text,
            "list": (await visitor.get("/forum")).text,
            "search": (await visitor.get(searched.headers["location"])).text,
        }
        found |= {
            f"{name} at {app}": stage.made["topic"] in page if name == "search" else "vlierbloesem" in page.lower()
            for name, page in pages.items()
        }
    return found
