"""The connection is cut between a message and its ack; sent once more through another door it stands there once."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from tests.faults.lines import Door, Frame, Gone, WsLine
from tests.faults.stage import Options, Report, Stage, open_stage, verdict
from tests.faults.tcpfault import TcpFault

STORES = ("sqlite", "pg")
WAYS = ("before", "after", "somewhere", "twice")
"""The cut comes before the message arrived, after the ack was written, at any moment; or nothing is cut and two tabs
send the same at the same moment."""


async def run(options: Options) -> Report:
    """Cut, repeat elsewhere and count copies. A repeat of what was kept has to say so (`dup`)."""
    rounds = options.pick(60, 2000)
    found = {"repeats": 0, "wrong_dup": 0, "two_answers": 0}
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(open_stage(options, visitors=1, rooms=1))
        faults = [await stack.enter_async_context(TcpFault(port)) for port in stage.cluster.ports]
        for nth in range(rounds):
            await _round(stage, faults, nth, found)
        held = await stage.held_in(stage.rooms)
        measured = await stage.measured()
    kept = held[stage.rooms[0]]
    copies = len(kept.messages) == rounds == len({client_id for _, client_id, _ in kept.messages})
    report: Report = {"rounds": rounds, "stored": len(kept.messages), "holes": kept.holes} | found | measured
    fine = not found["wrong_dup"] and not found["two_answers"]
    return verdict("ack_loss", options, report, one_copy_each=copies, gapless=kept.holes == 0, right_dup=fine)


async def _round(stage: Stage, faults: list[TcpFault], nth: int, found: dict[str, int]) -> None:
    way, text = WAYS[nth % len(WAYS)], f"Dit is proefbericht nummer {nth} met gewone woorden"
    client_id = str(uuid.UUID(int=stage.chance.getrandbits(128), version=4))
    frame: Frame = {"t": "send", "ref": "s", "room": stage.rooms[0], "client_id": client_id, "text": text}
    fault = stage.chance.choice(faults)
    answers: list[Frame] = []
    async with _joined(stage, fault.port) as first, _joined(stage, stage.chance.choice(faults).port) as other:
        if way == "twice":
            answers = list(await asyncio.gather(_answer(first, frame), _answer(other, frame)))
        else:
            await _cut(stage, fault, first, frame, way)
    fault.mend()
    async with _joined(stage, stage.chance.choice(faults).port) as again:
        answers.append(await _answer(again, frame))
    _judge(way, answers, found)


def _judge(way: str, answers: list[Frame], found: dict[str, int]) -> None:
    """Every answer names the same message; the first is new and all later ones are repeats, as far as that is known."""
    repeats = sum(bool(answer.get("dup")) for answer in answers)
    wanted = {"before": (0,), "after": (1,), "somewhere": (0, 1), "twice": (2,)}[way]
    found["repeats"] += repeats
    found["wrong_dup"] += repeats not in wanted
    found["two_answers"] += len({(answer.get("id"), answer.get("seq")) for answer in answers}) != 1


async def _cut(stage: Stage, fault: TcpFault, line: WsLine, frame: Frame, way: str) -> None:
    """Send and lose the connection before an answer is heard."""
    if way == "before":
        fault.up.losing = True
        await line.say(frame)
        fault.reset()
    elif way == "after":
        fault.down.cut_after = 0
        await line.say(frame)
        while True:  # until the first byte of an answer ends it
            try:
                await line.hear()
            except Gone:
                return
    else:
        await line.say(frame)
        await asyncio.sleep(stage.chance.random() * 0.02)
        fault.reset()


@asynccontextmanager
async def _joined(stage: Stage, port: int) -> AsyncIterator[WsLine]:
    """Give a connection of the visitor that is in the room."""
    line, visitor = WsLine(), stage.made["visitors"][0]
    hello: Frame = {"t": "hello", "v": 1, "csrf": visitor["csrf"], "tab": "proef", "resume": []}
    await line.open(Door(port, stage.cluster.origin), visitor, "/chat/v1/ws", hello)
    await line.say({"t": "join", "ref": "j", "room": stage.rooms[0]})
    while (await line.hear()).get("ref") != "j":
        pass
    try:
        yield line
    finally:
        await line.close()


async def _answer(line: WsLine, frame: Frame) -> Frame:
    """Send and wait for the ack."""
    await line.say(frame)
    async with asyncio.timeout(30):
        while (answer := await line.hear())["t"] not in ("ack", "error", "refused"):
            pass
    return answer
