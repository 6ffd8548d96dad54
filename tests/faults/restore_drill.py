"""The machine is lost and comes back from its dumps: what was kept is there, and no page of before waits for ever.

`vluchtig` is in no dump, so visits end (4401) and every room begins a new epoch: who comes with an old position starts
anew (`resync`), also when that position lies ahead of all that is there.
"""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from server.chat.groups import groups
from server.forum.rules import Writer
from server.forum.service import Draft, start_topic
from server.kit.ids import new_id, stable_id
from server.kit.locked_file import new_pair
from server.kit.runtime import Runtime
from tests.faults.history import History, What
from tests.faults.loadclient import LoadClient
from tests.faults.people import Person
from tests.faults.server import ROOT
from tests.faults.stage import Options, Report, Stage, open_stage, reseed, verdict

STORES = ("sqlite", "pg")
PEOPLE = 8
RETURN_SECONDS = 30.0
RESTORE_SECONDS = 30 * 60.0
NO_SESSION = 4401
KEPT = "Notenboom"
"""The title of a topic that is in the dump."""


async def run(options: Options) -> Report:
    """Dump beside running processes, go on, lose everything, restore, and let people come back."""
    public, private = new_pair()
    people: dict[str, Any] = {"visitors": PEOPLE}
    async with open_stage(options, prepare=_topic, settings={"MOI_BACKUP_TO": public}, **people) as stage:
        key = stage.cluster.folder / "key"
        key.write_text(private)
        room = next(iter(groups()))
        old = await stage.enter(PEOPLE, room=room, slowest=1.0)
        await _say(stage, old, 3)
        dumped = await _command(stage, "backup")
        await _say(stage, old, 3)
        at = [(client.epoch, client.last_seq + 50) for client in old]
        for number in range(len(stage.cluster.apps)):
            await stage.kill(number)
        await asyncio.to_thread(stage.cluster.lose_stores)
        loop = asyncio.get_running_loop()
        began = loop.time()
        restored = await _command(stage, "restore", "--key", str(key))
        took = loop.time() - began
        await reseed(stage, **people)
        await stage.cluster.start_again()
        told = await _all_told(stage, old)
        report = await _come_back(stage, room, at)
        forum = [(await Person(stage, row).get("/forum")).text for row in stage.made["visitors"][:1]]
    report |= {"restore_s": round(took, 2)}
    return verdict(
        "restore_drill", options, report,
        dumped=dumped, restored=restored, in_time=took < RESTORE_SECONDS, all_told=told,
        new_epoch=report["resyncs"] == PEOPLE, kept=report["stored"] == report["said"],
        forum=all(KEPT in page for page in forum),
    )  # fmt: skip


async def _say(stage: Stage, clients: Sequence[LoadClient], times: int) -> None:
    stage.talk(clients, times)
    assert await stage.said()


async def _command(stage: Stage, *words: str) -> bool:
    """Run a command of the server on these stores. Returns whether it did its work."""
    environment = stage.cluster.apps[0].environment
    asked = [sys.executable, "-m", "server", *words]
    done = await asyncio.to_thread(subprocess.run, asked, cwd=ROOT, env=environment, capture_output=True)
    return done.returncode == 0


async def _all_told(stage: Stage, clients: Sequence[LoadClient]) -> bool:
    """Say whether every page of before soon hears that its visit is over. Closes them and forgets what they saw."""
    try:
        await stage.watch(lambda: all(client.code == NO_SESSION for client in clients), RETURN_SECONDS)
    except TimeoutError:
        return False
    finally:
        await asyncio.gather(*(client.close() for client in clients))
        stage.history, stage.clients = History(), []
    return True


async def _come_back(stage: Stage, room: str, at: Sequence[tuple[str | None, int]]) -> Report:
    """Let fresh visits come with the positions of before, talk, and return the figures."""
    back = [stage.client(number, room=room) for number in range(PEOPLE)]
    for client, (epoch, seq) in zip(back, at, strict=True):
        client.epoch, client.last_seq = epoch, seq
        stage.history.note(client.number, What.START, seq=seq)
    await asyncio.gather(*(client.start() for client in back))
    await _say(stage, back, 3)
    return await stage.end()


async def _topic(rt: Runtime) -> dict[str, Any]:
    """Start a topic that will be in the dump."""
    key = stable_id("fout", "schrijver")
    writer = Writer(key, frozenset({key}), key, key, "Merel", None, newcomer=False, limit=key)
    await start_topic(rt, writer, Draft(new_id(), "Wie kent een mooie boom in de buurt?", KEPT, 4, []))
    return {}
