"""Anything in any order: say, repeat, take back, hide, come, go, kill, part, move the clock; against a simple model.

Hypothesis draws the order and, when a promise breaks, looks for the shortest one that breaks it.
"""

import asyncio
import itertools
import uuid
from collections.abc import Coroutine
from typing import Any, ClassVar

import httpx
from hypothesis import seed as with_seed
from hypothesis import strategies
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.faults.checker import WRONG, judge
from tests.faults.fuzzing import apart, chosen_settings, harm
from tests.faults.history import History, What
from tests.faults.lines import Door, Frame, Gone
from tests.faults.loadclient import Ended, LoadClient, Refused
from tests.faults.people import Moderator
from tests.faults.stage import Options, Report, Stage, open_stage, sentence, verdict
from tests.faults.tcpfault import TcpFault

STORES = ("sqlite", "pg")
PEOPLE = 3
MOMENT = 0.4
"""How long a rule waits for what it asked; what takes longer goes on beside the rules after it."""
SETTLED = 60.0
HALF_HOUR = 1800.0
SORROW = "Ik snij mezelf soms als het te veel wordt"
"""Placed at once, with a case for a moderator: so that there is something to hide."""

who = strategies.integers(0, PEOPLE - 1)


class Scene:
    """One example: three people in a room of their own, each over a network that can be broken."""

    def __init__(self, stage: Stage, room: str) -> None:
        """Nobody is in yet."""
        self.stage, self.room = stage, room
        stage.history, stage.clients = History(), []
        self.people: list[LoadClient] = []
        self.networks: list[TcpFault] = []
        self.pending: set[asyncio.Task[None]] = set()
        self.acked: list[tuple[int, str, str, Frame]] = []
        self.wrong: list[str] = []
        self.numbers = itertools.count()
        self.killed = False

    async def open(self) -> None:
        """Let all of them in."""
        for number in range(PEOPLE):
            ports = self.stage.cluster.ports
            network = await TcpFault(ports[number % len(ports)]).__aenter__()
            self.networks.append(network)
            self.people.append(self._enter(number))
        await asyncio.gather(*(one.start() for one in self.people))

    def _enter(self, number: int) -> LoadClient:
        doors = [Door(self.networks[number].port, self.stage.cluster.origin)]
        return self.stage.client(number, doors=doors, room=self.room, silence=8.0, patience=3.0)

    # --- rules ---
    async def say(self, number: int, text: str) -> None:
        """Say something; what became of it is noted when it is known."""
        person = self.people[number]
        if person.left:
            return
        client_id = str(uuid.uuid4())

        async def speak() -> None:
            answer = await person.send(text, client_id)
            self.acked.append((number, client_id, text, answer))

        await self._beside(speak())

    async def repeat(self, number: int, *, other: bool) -> None:
        """Send an acknowledged message once more, or other words under its key."""
        known = [each for each in self.acked if each[0] == number]
        if not known or not self.people[number].open:
            return
        _, client_id, text, first = known[-1]
        said = {"t": "send", "client_id": client_id, "text": text + " anders" if other else text}

        async def again() -> None:
            answer = await self.people[number].ask(said)
            if answer.get("code") in ("opslag_weg", "te_snel"):
                return
            same = answer.get("id") == first.get("id") and answer.get("seq") == first.get("seq")
            right = answer.get("code") == "sleutel_hergebruikt" if other else answer.get("dup") is True and same
            if not right:
                self.wrong.append(f"a repeat was answered {answer.get('t')} {answer.get('code')}")

        await self._beside(again())

    async def take_back(self, number: int) -> None:
        """Take the own last message back."""
        known = [each for each in self.acked if each[0] == number]
        if not known or not self.people[number].open:
            return
        _, _, text, first = known[-1]

        async def retract() -> None:
            if (await self.people[number].ask({"t": "retract", "id": first["id"]}))["t"] == "ok":
                self.stage.history.note(number, What.HIDDEN, text=text, id=first["id"])

        await self._beside(retract())

    async def hide(self) -> None:
        """Let a moderator hide the last message that there is a case about."""
        sad = [each for each in self.acked if each[2].startswith(SORROW)]
        if not sad:
            return
        number, _, text, first = sad[-1]

        async def deed() -> None:
            if await Moderator(self.stage, self.stage.made["team"][0]).hide(first["id"]):
                self.stage.history.note(number, What.HIDDEN, text=text, id=first["id"])

        await self._beside(deed())

    async def come_and_go(self, number: int) -> None:
        """Leave the room, or come back to it with the position of before."""
        person = self.people[number]
        if not person.left:
            await person.close()
            return
        back = self._enter(number)
        back.epoch, back.last_seq = person.epoch, person.last_seq
        if back.epoch is not None:
            self.stage.history.note(back.number, What.START, seq=back.last_seq)
        self.people[number] = back
        await self._beside(back.start())

    async def network(self, number: int, how: str) -> None:
        """Break or mend one person's network."""
        fault = self.networks[number]
        if how == "part":
            fault.part()
        elif how == "mend":
            fault.mend()
        else:
            fault.reset()

    async def kill(self) -> None:
        """Kill a process and start it again."""
        self.killed = True
        app = self.stage.chance.randrange(len(self.stage.cluster.apps))
        await self.stage.kill(app)
        await self.stage.cluster.restart(app)

    async def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        async def guarded() -> None:
            try:
                await work
            except (Ended, Gone, Refused, TimeoutError, httpx.TransportError):
                return  # outcome unknown; what is stored decides

        task = asyncio.create_task(guarded())
        self.pending.add(task)
        await asyncio.wait([task], timeout=MOMENT)

    # --- the end ---
    async def settle(self) -> list[str]:
        """Mend everything, let everybody come back and catch up, and return every promise that was broken."""
        for network in self.networks:
            network.mend()
        for number, person in enumerate(self.people):
            if person.left:
                await self.come_and_go(number)
        await asyncio.wait(self.pending, timeout=SETTLED) if self.pending else None
        for task in self.pending:
            task.cancel()
        late = self._enter(0)  # reads everything from the beginning: what was hidden may not be in it
        late.epoch = next((one.epoch for one in self.people if one.epoch is not None), None)
        self.stage.history.note(late.number, What.START, seq=0)
        await late.start()
        self.people.append(late)
        return await self._broken()

    async def _broken(self) -> list[str]:
        held = await self.stage.held_in([self.room])
        caught = [await one.catch_up(held[self.room].last_seq, SETTLED) for one in self.people]
        where = {one.number: self.room for one in self.stage.clients}
        report = judge(self.stage.history, held, where, {one.number for one in self.people})
        gone = {entry.id for entry in self.stage.history.of(What.HIDDEN)}
        shown = [one.number for one in self.people if gone & set(one.seen)]
        broken = [*self.wrong, *(f"{name}: {report[name]}" for name in WRONG if report[name])]
        broken += [] if all(caught) else ["somebody did not catch up"]
        return broken + ([f"{shown} still show what was hidden"] if shown else [])

    async def close(self) -> None:
        """Leave nothing behind."""
        await asyncio.gather(*(one.close() for one in self.stage.clients), return_exceptions=True)
        for network in self.networks:
            await network.__aexit__()


class Life(RuleBasedStateMachine):
    """What may happen, in any order."""

    stage: ClassVar[Stage]
    runner: ClassVar[asyncio.Runner]
    rooms: ClassVar[Any]
    examples: ClassVar[int] = 0
    said: ClassVar[int] = 0
    hidden: ClassVar[int] = 0

    @initialize()
    def begin(self) -> None:
        """Let three people into a fresh room."""
        Life.examples += 1
        self.scene = Scene(self.stage, next(self.rooms))
        self.stage.cluster.set_clock(0)
        self.runner.run(self.scene.open())
        for number in range(PEOPLE):
            self.sorrow(number)

    @rule(number=who, times=strategies.integers(1, 4))
    def say(self, number: int, times: int) -> None:
        """Say something plain, and more."""
        for _ in range(times):
            self.runner.run(self.scene.say(number, sentence(number, next(self.scene.numbers))))

    @rule(number=who)
    def sorrow(self, number: int) -> None:
        """Say something that a moderator will see."""
        self.runner.run(self.scene.say(number, f"{SORROW}, {sentence(number, next(self.scene.numbers)).lower()}"))

    @rule(number=who, other=strategies.booleans())
    def repeat(self, number: int, other: bool) -> None:
        """Say it again."""
        self.runner.run(self.scene.repeat(number, other=other))

    @rule(number=who)
    def take_back(self, number: int) -> None:
        """Think better of it."""
        self.runner.run(self.scene.take_back(number))

    @rule()
    def hide(self) -> None:
        """Moderate."""
        self.runner.run(self.scene.hide())

    @rule(number=who)
    def come_and_go(self, number: int) -> None:
        """Leave or return."""
        self.runner.run(self.scene.come_and_go(number))

    @rule(number=who, how=strategies.sampled_from(["part", "mend", "reset"]))
    def network(self, number: int, how: str) -> None:
        """Break or mend a network."""
        self.runner.run(self.scene.network(number, how))

    @rule(seconds=strategies.sampled_from([-HALF_HOUR, 0.0, HALF_HOUR]))
    def clock(self, seconds: float) -> None:
        """Move the wall clock."""
        self.stage.cluster.set_clock(seconds)

    @precondition(lambda self: not self.scene.killed)
    @rule()
    def kill(self) -> None:
        """Kill a process."""
        self.runner.run(self.scene.kill())

    def teardown(self) -> None:
        """Settle and compare with what was promised."""
        if not hasattr(self, "scene"):
            return
        try:
            broken = self.runner.run(self.scene.settle())
        finally:
            self.runner.run(self.scene.close())
            Life.said += self.stage.history.counts[What.INVOKE]
            Life.hidden += self.stage.history.counts[What.HIDDEN]
        assert not broken, broken


async def run(options: Options) -> Report:
    """Play examples one after another on one installation."""
    seed: dict[str, Any] = {"visitors": PEOPLE, "rooms": options.pick(60, 3000), "team": "moderator=1"}
    async with open_stage(options, clock=True, **seed) as stage:

        def play(runner: asyncio.Runner) -> None:
            Life.stage, Life.runner, Life.rooms, Life.examples = stage, runner, itertools.cycle(stage.rooms), 0
            Life.said = Life.hidden = 0
            seeded = with_seed(options.seed)(Life)
            run_state_machine_as_test(seeded, settings=chosen_settings(options, 6, 1000, options.pick(20, 50)))

        found = await apart(play)
        report: Report = {
            "examples": Life.examples,
            "hidden": Life.hidden,
            "said": Life.said,
            "found": found,
            "harm": harm(stage),
        } | await stage.measured()
        return verdict("state_machine", options, report, nothing_found=not found, unharmed=not report["harm"])
