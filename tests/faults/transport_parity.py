"""The same scene over WebSocket, event stream and long poll: the same answers, and the same on the screen."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any, Final

from tests.faults.history import What
from tests.faults.lines import Door, Frame, Line, PollLine, SseLine, WsLine
from tests.faults.loadclient import LoadClient
from tests.faults.stage import Options, Report, Stage, open_stage, sentence, verdict
from tests.faults.tcpfault import TcpFault

STORES = ("sqlite", "pg")
LINES: Final[dict[str, Callable[[], Line]]] = {"websocket": WsLine, "stream": SseLine, "poll": PollLine}
TALKERS = 3
Scene = list[Any]


async def run(options: Options) -> Report:
    """Play the scene over each transport in a room of its own, then let all talk in one room together."""
    people = 2 * len(LINES) + TALKERS * len(LINES)
    async with open_stage(options, visitors=people, rooms=len(LINES) + 1) as stage:
        scenes = {name: await _scene(stage, nth, line) for nth, (name, line) in enumerate(LINES.items())}
        mixed = [await stage.enter(TALKERS, room=stage.rooms[-1], line=line) for line in LINES.values()]
        stage.talk([client for group in mixed for client in group], options.pick(10, 200), 0.1)
        spoken = await stage.said()
        report = await stage.end()
    equal = all(scene == scenes["websocket"] for scene in scenes.values())
    report |= {"scenes": {} if equal else scenes}
    return verdict("transport_parity", options, report, equal=equal, spoken=spoken)


async def _scene(stage: Stage, nth: int, line: Callable[[], Line]) -> Scene:
    """Return what the first of two people was answered and what the second one saw, without what differs by chance."""
    async with TcpFault(stage.cluster.ports[0]) as network:
        doors = [Door(network.port, stage.cluster.origin)]
        room = stage.rooms[nth]
        first, second = await stage.enter(2, room=room, line=line, doors=doors)
        answers = await _say_all(first, nth)
        lost = stage.history.counts[What.LOST]
        network.reset()
        await stage.watch(lambda: stage.history.counts[What.LOST] >= lost + 2 and first.open and second.open)
        answers.append(_plain(await first.ask(_send(_text(nth, 9)))))
        answers += await _read_back(first)
        await second.catch_up(first.last_seq)
        await first.catch_up(second.last_seq)
        await asyncio.gather(first.close(), second.close())
        seen = [
            (entry.seq, entry.code, entry.text and entry.text.replace(f"bericht {nth} ", "bericht "))
            for entry in stage.history.of(What.SHOWN)
            if entry.who == second.number
        ]
    return [answers, seen]


async def _say_all(client: LoadClient, nth: int) -> Scene:
    """Say what is placed, held, refused, repeated, wrong or taken back. Returns the answers."""
    answers: Scene = []
    placed: list[Frame] = []
    for number in range(3):
        placed.append(await client.send(_text(nth, number)))
    wanted = str(uuid.UUID(int=client.chance.getrandbits(128), version=4))
    for asked in (
        _send(_text(nth, 4), wanted), _send(_text(nth, 4), wanted), _send("Heel iets anders", wanted),
        _send("Ik wil vannacht dood, ik heb alles klaarliggen"), _send("Bel me op 06 12345678"), _send(""),
        _send("x" * 2001), _send("hal\x00lo"), _send("hallo\ud800"), {"t": "retract", "id": placed[1].get("id")},
        {"t": "retract", "id": "0" * 32}, {"t": "send", "text": "zonder sleutel"},
        {"t": "backfill", "epoch": "00000000", "after_seq": 0}, {"t": "backfill", "epoch": client.epoch},
        {"t": "join", "room": "f" * 32}, _send("Nergens") | {"room": "f" * 32},
    ):  # fmt: skip
        answers.append(_plain(await client.ask(asked)))
    return answers


async def _read_back(client: LoadClient) -> Scene:
    asked = {"t": "backfill", "epoch": client.epoch, "after_seq": 0, "limit": 100}
    page = await client.ask(asked)
    return [[(event["seq"], event["t"]) for event in page["events"]], page["more"]]


def _send(text: str, client_id: str = "") -> Frame:
    return {"t": "send", "client_id": client_id or str(uuid.uuid4()), "text": text}


def _text(nth: int, number: int) -> str:
    return sentence(nth, number)


def _plain(frame: Frame) -> dict[str, Any]:
    """Return an answer without what is drawn or counted anew each time."""
    by_chance = ("ref", "client_id", "id", "room", "at", "author", "text", "retry_ms")
    return {name: value for name, value in frame.items() if name not in by_chance}
