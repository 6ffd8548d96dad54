"""The disk is full while people talk, then has room again: a clear error, nothing promised is lost, no restart."""

import asyncio

import httpx

from server.chat.groups import groups
from tests.faults import stored
from tests.faults.history import What
from tests.faults.people import Person
from tests.faults.pg_restart import recovery
from tests.faults.stage import Options, Report, Stage, open_stage, sentence, verdict

STORES = ("sqlite",)
PEOPLE = 12
RECOVERY_SECONDS = 10.0
NOTICED_SECONDS = 30.0
"""The log beside the file is written over for a while before the first write finds no room."""
AWAY = "We kunnen je bericht nu niet bewaren"


async def run(options: Options) -> Report:
    """Fill the disk and free it, some times; reading and the crisis page go on meanwhile."""
    recovered: list[float] = []
    doors: list[bool] = []
    silent = 0
    async with open_stage(options, disk=True, visitors=PEOPLE, rooms=2) as stage:
        disk = stage.cluster.disk
        assert disk is not None
        stage.talk_on(await stage.enter(PEOPLE), 0.1, length=1500)
        for _ in range(options.pick(2, 10)):
            await stage.acked(stage.history.counts[What.OK] + 5 * PEOPLE)
            disk.fill()
            await _told(stage)
            before = stage.history.counts[What.OK]
            doors += await _doors(stage)
            await asyncio.sleep(options.pick(2, 20))
            silent += stage.history.counts[What.OK] == before
            disk.free()
            recovered.append(await recovery(stage))
        spoken = await stage.hush()
        report = await stage.end()
        whole = await stored.sound(stage.cluster)
    report |= {"recovery_s": recovered, "doors": doors, "mounted": disk.mounted, "silent_while_full": silent}
    return verdict(
        "disk_full", options, report,
        told=set(report["failed"]) == {"opslag_weg"}, spoken=spoken, kept=report["stored"] == report["said"],
        doors=all(doors), recovered=max(recovered) <= options.bound(RECOVERY_SECONDS), integrity=whole,
        nobody_left=report["reconnects"] == 0,
    )  # fmt: skip


async def _told(stage: Stage) -> None:
    """Wait until everybody can have heard that nothing is kept. Raises TimeoutError."""
    before = stage.history.counts[What.FAIL]
    await stage.watch(lambda: stage.history.counts[What.FAIL] >= before + PEOPLE, NOTICED_SECONDS)


async def _doors(stage: Stage) -> list[bool]:
    """Say whether help and a room can be read, and whether a form says in plain words that nothing was kept."""
    visitor, room = Person(stage, stage.made["visitors"][0]), next(iter(groups()))
    async with httpx.AsyncClient(timeout=5) as client:
        help_there = (await client.get(f"http://127.0.0.1:{stage.cluster.ports[0]}/nood")).status_code == 200
    read = [(await visitor.get(path)).status_code for path in ("/forum", f"/groepen/{room}")]
    fields = {"text": sentence(0, 0), "client_id": "00000000-0000-4000-8000-000000000000"}
    written = await visitor.post(f"/groepen/{room}/berichten", **fields)
    return [help_there, *(each == 200 for each in read), written.status_code == 503, AWAY in written.text]
