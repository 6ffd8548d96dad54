"""Ten thousand at once: what each idle connection weighs (M1), and all of them coming back together (S1)."""

from tests.bench import servers
from tests.bench.bench import OURS, Bench, crowd
from tests.bench.client import Crowd
from tests.bench.servers import Running

MISSED = 5
PER_ROOM = 25


def ten_thousand(bench: Bench) -> None:
    """Fill the house, break every connection, say something in each room, and let everybody return."""
    people = bench.size(10_000, 500)
    with servers.installation(people, people // PER_ROOM) as made:
        for _ in bench.each_round("ten thousand", most=bench.size(3, 1)):
            with bench.moi(made) as running:
                _round(bench, running, people)


def _round(bench: Bench, running: Running, people: int) -> None:
    rooms = people // PER_ROOM
    with crowd(running, most=rooms):
        pass  # what is loaded at the first visit belongs to nobody
    before = running.memory()
    everybody = Crowd(running.ports, running.dialect, running.seats, running.cpu)
    seconds = everybody.connect(at_once=100, seconds=600)
    weight = (running.memory() - before) / people / 1024
    bench.say(f"   {people:,} came in {seconds:.1f} s and weigh {weight:.1f} KiB each")
    bench.findings.found("M1", weight)
    everybody.cut()
    with crowd(running, most=rooms) as speakers:
        said = bench.told(f"{OURS} while they are away", speakers.open(rooms, MISSED))
    _return(bench, everybody, said.acked // rooms)


def _return(bench: Bench, everybody: Crowd, missed: int) -> None:
    """Let all come back at once with their positions."""
    failed = everybody.failed
    seconds = everybody.connect(at_once=len(everybody.members), seconds=300, missed=missed)
    everybody.settle()
    wrong = sum(member.got != missed for member in everybody.members) + everybody.failed - failed
    bench.say(f"   all were back in {seconds:.1f} s, each with {missed} messages; {wrong} went wrong")
    bench.findings.found("S1", seconds)
    bench.findings.found("S1e", wrong)
    bench.findings.lost(sum(max(0, missed - member.got) for member in everybody.members))
    everybody.close()
