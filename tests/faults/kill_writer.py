"""kill -9 of the embedded process in the middle of group commits: nothing lost or doubled, and the file stays whole."""

from tests.faults import stored
from tests.faults.stage import Options, Report, open_stage, verdict

STORES = ("sqlite",)
CLIENTS = 20


async def run(options: Options) -> Report:
    """Let 20 people talk and kill the process again and again while they do."""
    kills, sends = options.pick(2, 50), options.pick(50, 400)
    async with open_stage(options, visitors=CLIENTS, rooms=1) as stage:
        clients = await stage.enter(CLIENTS, slowest=options.pick(2, 30))
        stage.talk(clients, sends)
        for nth in range(1, kills + 1):
            await stage.acked(CLIENTS * sends * nth // (kills + 1))
            await stage.kill(0)
            await stage.cluster.restart(0)
        spoken = await stage.said()
        report = await stage.end()
        whole = await stored.sound(stage.cluster)
    kept = report["stored"] == report["said"] == CLIENTS * sends
    return verdict("kill_writer", options, report | {"kills": kills}, spoken=spoken, kept=kept, integrity=whole)
