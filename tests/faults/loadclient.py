"""A protocol client without a page: it keeps the order, resumes, fills gaps and repeats as the page's script does.

What it asks, is promised and would show goes into the history. Rules: reliability-spec 2, rules 5, 9 and 10; the page's
own client is web/static/js/lib/chat-connection.js.
"""

import asyncio
import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.faults.history import History, What
from tests.faults.lines import Door, Frame, Gone, Line, WsLine

VISITOR_PATH: Final = "/chat/v1/ws"
ANSWER_SECONDS: Final = 10.0
SILENCE_SECONDS: Final = 40.0
HELLO_SECONDS: Final = 10.0
SLOWEST_SECONDS: Final = 30.0
GONE_FOR_GOOD: Final = frozenset({4400, 4401, 4403, 4409, 4410})
DURABLE: Final = frozenset(
    {"message", "edited", "hidden", "restored", "retracted", "notice", "assigned", "returned", "ended"}
)
TRY_AGAIN: Final = {"opslag_weg": 2.0, "te_snel": 1.0, "druk": 2.0, "onderhoud": 2.0}
"""Codes after which the same message is sent once more, and the seconds before it when the server says none."""


class Refused(Exception):
    """The server will not take this message; frame is its answer."""

    def __init__(self, frame: Frame) -> None:
        """Keep the answer."""
        self.frame = frame
        super().__init__(str(frame.get("code") or frame.get("label")))


class Ended(Exception):
    """The connection ended in a way that no client comes back from."""


@dataclass(eq=False)
class Item:
    """One message that waits for its answer."""

    client_id: str
    text: str
    ref: str = ""
    waiting: bool = False
    done: asyncio.Future[Frame] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class LoadClient:
    """One tab in one room. Start it, say things, wait until it has caught up, close it."""

    def __init__(
        self,
        number: int,
        doors: Sequence[Door],
        visitor: dict[str, str],
        room: str,
        history: History,
        chance: random.Random,
        *,
        line: Callable[[], Line] = WsLine,
        path: str = VISITOR_PATH,
        silence: float = SILENCE_SECONDS,
        patience: float = ANSWER_SECONDS,
        slowest: float = SLOWEST_SECONDS,
        gen: int | None = None,
    ) -> None:
        """doors: any of them at each connection; silence: seconds without a word after which a connection is dead.

        slowest: the longest that may lie between two tries to come back.
        """
        self.number, self.doors, self.visitor, self.room = number, doors, visitor, room
        self.history, self.chance, self._make_line, self.path = history, chance, line, path
        self.silence, self.patience, self.slowest, self.gen = silence, patience, slowest, gen
        self.epoch: str | None = None
        self.last_seq = 0
        self.seen: dict[str, str] = {}
        self.code = 0
        self.left = False
        self._line: Line | None = None
        self._held: dict[int, Frame] = {}
        self._asked_after = -1
        self._unsent: list[Item] = []
        self._asked: dict[str, asyncio.Future[Frame]] = {}
        self._refs = 0
        self._tries = 0
        self._target = 0
        self._caught_up = False
        self._reading = asyncio.Event()
        self._reading.set()
        self._moved = asyncio.Event()
        self._invited = False
        self._leave_at: float | None = None
        self._task: asyncio.Task[None] | None = None
        self._waits: set[asyncio.Task[None]] = set()

    # --- what a test does with it ---
    async def start(self, within: float = 60.0) -> None:
        """Connect and wait until the room is open."""
        self._task = asyncio.create_task(self._live())
        await self.until(lambda: self._caught_up, within)

    async def send(self, text: str, client_id: str = "") -> Frame:
        """Say something and wait until the server keeps it, however often it takes. Raises Refused or Ended."""
        client_id = client_id or str(uuid.UUID(int=self.chance.getrandbits(128), version=4))
        self.history.note(self.number, What.INVOKE, client_id=client_id, text=text)
        item = Item(client_id, text)
        self._unsent.append(item)
        await self._next()
        return await item.done

    async def ask(self, frame: Frame, within: float = ANSWER_SECONDS) -> Frame:
        """Ask something else of the room and return the answer. Raises Gone or TimeoutError."""
        if self._line is None:
            raise Gone
        if frame["t"] == "send" and "client_id" in frame:
            self.history.note(self.number, What.INVOKE, client_id=frame["client_id"], text=frame["text"])
        waiting: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        ref = self._ref()
        self._asked[ref] = waiting
        await self._line.say({"ref": ref, "room": self.room} | frame)
        async with asyncio.timeout(within):
            return await waiting

    async def catch_up(self, until: int, within: float = 60.0) -> bool:
        """Wait until everything up to a seq was shown. Returns whether it was."""
        try:
            await self.until(lambda: self.last_seq >= until, within)
        except TimeoutError:
            return False
        return True

    async def until(self, true: Callable[[], bool], within: float) -> None:
        """Wait until something about this client is true. Raises TimeoutError, or Ended when it never will be."""
        async with asyncio.timeout(within):
            while not true():
                if self._task is not None and self._task.done():
                    raise Ended(self.code)
                self._moved.clear()
                await self._moved.wait()

    @property
    def open(self) -> bool:
        """Say whether the room is open and up to date."""
        return self._caught_up

    def stop_reading(self) -> None:
        """Read nothing any more: the server's writes fill the buffers between."""
        self._reading.clear()

    def read_on(self) -> None:
        """Read again."""
        self._reading.set()
        self._moved.set()

    async def close(self) -> None:
        """Leave."""
        self.left = True
        ending = [*self._waits, *([self._task] if self._task is not None else [])]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        for item in self._unsent:
            if not item.done.done():
                item.done.set_exception(Ended("left"))
                item.done.exception()
        self._moved.set()
        if self._line is not None:
            await self._line.close()
            self._line = None

    # --- the connection ---
    async def _live(self) -> None:
        while True:
            try:
                await self._connect()
                while True:
                    await self._receive(await self._hear())
            except (Gone, TimeoutError) as error:
                await self._lost(error.code if isinstance(error, Gone) else 0)
                after = error.after if isinstance(error, Gone) else None
            if self.code in GONE_FOR_GOOD:
                self._moved.set()
                return
            if not self._invited:
                await asyncio.sleep(self._pause(after))
            self._invited = False

    async def _connect(self) -> None:
        hello: Frame = {"t": "hello", "v": 1, "csrf": self.visitor["csrf"], "tab": f"proef{self.number}", "resume": []}
        if self.epoch is not None:
            hello["resume"] = [{"room": self.room, "epoch": self.epoch, "last_seq": self.last_seq}]
        line = self._make_line()
        async with asyncio.timeout(HELLO_SECONDS):
            await line.open(self.chance.choice(self.doors), self.visitor, self.path, hello)
        self._line = line
        self.history.note(self.number, What.OPENED)
        if self.epoch is None:
            await line.say({"t": "join", "ref": "join", "room": self.room})

    async def _hear(self) -> Frame:
        await self._reading.wait()
        assert self._line is not None
        now = asyncio.get_running_loop().time()
        left = self.silence if self._leave_at is None else min(self.silence, max(0.0, self._leave_at - now))
        async with asyncio.timeout(left):
            return await self._line.hear()

    async def _lost(self, code: int) -> None:
        self.code = code
        line, self._line, self._caught_up, self._asked_after = self._line, None, False, -1
        self._invited, self._leave_at = self._leave_at is not None, None  # asked to come back: not a failed try
        if line is not None:
            self.history.note(self.number, What.LOST)
            await line.close()
        if code >= 1000:
            self.history.note(self.number, What.CLOSED, code=str(code))
        for item in self._unsent:
            if item.waiting:
                self.history.note(self.number, What.UNKNOWN, client_id=item.client_id)
            item.waiting = False
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(Gone(code))
                waiting.exception()
        self._asked.clear()
        self._moved.set()

    def _pause(self, after: float | None) -> float:
        """Return how long to wait before the next connection (rule 9)."""
        if after is not None:
            return after
        self._tries += 1
        longest: float = min(self.slowest, 0.5 * 2 ** (self._tries - 1))
        return self.chance.random() * longest

    # --- frames ---
    async def _receive(self, frame: Frame) -> None:
        kind = frame["t"]
        if kind in DURABLE:
            await self._in_order(frame)
        elif kind == "ping":
            await self._say({"t": "pong", "n": frame["n"]})
        elif kind == "ok" and frame.get("ref") == "join":
            await self._begun(frame)
        elif kind == "resumed":
            self.history.note(self.number, What.RESUMED)
            await self._opened(frame["to_seq"])
        elif kind == "resync":
            self.history.note(self.number, What.RESYNC, seq=frame["last_seq"])
            await self._begun(frame)
        elif kind == "page":
            for event in frame["events"]:
                await self._in_order(event)
            self._answer(frame)
        elif kind == "reconnect":
            self.history.note(self.number, What.WARNED)
            self._leave_at = asyncio.get_running_loop().time() + frame["after_ms"] / 1000
        else:
            await self._answered(frame)
        self._moved.set()

    async def _begun(self, frame: Frame) -> None:
        """Begin anew at the position the server gives."""
        self.epoch, self.last_seq = frame["epoch"], frame["last_seq"]
        self._held.clear()
        self.history.note(self.number, What.START, seq=self.last_seq)
        await self._opened(self.last_seq)

    async def _opened(self, target: int) -> None:
        self._tries, self._target = 0, target
        await self._maybe_caught_up()

    async def _in_order(self, frame: Frame) -> None:
        """Show an event when its turn has come; ask for what is missing before it (rule 5)."""
        if frame["seq"] <= self.last_seq:
            return
        self._held[frame["seq"]] = frame
        if self.last_seq + 1 not in self._held and self._asked_after != self.last_seq:
            self.history.note(self.number, What.WIRE_GAP, seq=frame["seq"])
            self._asked_after = self.last_seq
            asked = {"t": "backfill", "epoch": self.epoch, "after_seq": self.last_seq, "limit": 100}
            await self._say({"ref": self._ref(), "room": self.room} | asked)
        while (following := self._held.pop(self.last_seq + 1, None)) is not None:
            self.last_seq = following["seq"]
            self._show(following)
        await self._maybe_caught_up()
        await self._next()

    def _show(self, frame: Frame) -> None:
        named = {"seq": frame["seq"], "id": frame.get("id") or "", "client_id": frame.get("client_id", "")}
        self.history.note(self.number, What.SHOWN, text=frame.get("text"), code=frame["t"], **named)
        if frame.get("text") is not None:
            self.seen[frame["id"]] = frame["text"]
        else:
            self.seen.pop(frame.get("id") or "", None)
        for item in [each for each in self._unsent if each.client_id == frame.get("client_id")]:
            self._resolve(item, frame)  # the own event came before its ack: it is kept

    async def _maybe_caught_up(self) -> None:
        if not self._caught_up and self._line is not None and self.last_seq >= self._target:
            self._caught_up = True
            await self._next()

    # --- sending ---
    async def _next(self) -> None:
        """Send the first unsent message, one at a time, so that the order stays."""
        item = self._unsent[0] if self._unsent else None
        if item is None or item.waiting or not self._caught_up or self._line is None:
            return
        item.waiting, item.ref = True, self._ref()
        frame: Frame = {"t": "send", "ref": item.ref, "room": self.room, "client_id": item.client_id, "text": item.text}
        if self.gen is not None:
            frame["gen"] = self.gen
        self._later(self.patience, lambda: self._overdue(item, item.ref))
        await self._say(frame)

    async def _answered(self, frame: Frame) -> None:
        item = next((one for one in self._unsent if frame.get("ref") == one.ref and one.ref), None)
        if frame["t"] == "ack":
            given = {"seq": frame.get("seq") or 0, "id": frame["id"], "dup": bool(frame.get("dup"))}
            self.history.note(self.number, What.OK, client_id=frame["client_id"], **given)
        if item is None:
            self._answer(frame)
        elif frame["t"] == "ack":
            self._resolve(item, frame)
            await self._next()
        elif frame["t"] == "error" and frame["code"] in TRY_AGAIN:
            self.history.note(self.number, What.FAIL, client_id=item.client_id, code=frame["code"])
            wait = frame["retry_ms"] / 1000 if "retry_ms" in frame else TRY_AGAIN[frame["code"]]
            ref = item.ref
            self._later(wait, lambda: self._overdue(item, ref))
        elif frame["t"] in ("error", "refused"):
            self._give_up(item, frame)
            await self._next()

    def _answer(self, frame: Frame) -> None:
        waiting = self._asked.pop(str(frame.get("ref")), None)
        if waiting is not None and not waiting.done():
            waiting.set_result(frame)

    def _resolve(self, item: Item, frame: Frame) -> None:
        self._unsent.remove(item)
        if not item.done.done():
            item.done.set_result(frame)

    def _give_up(self, item: Item, frame: Frame) -> None:
        self._unsent.remove(item)
        what = What.REFUSED if frame["t"] == "refused" else What.FAIL
        self.history.note(
            self.number, what, client_id=item.client_id, code=str(frame.get("code") or frame.get("label"))
        )
        if not item.done.done():
            item.done.set_exception(Refused(frame))

    async def _overdue(self, item: Item, ref: str) -> None:
        """No answer in time, or a moment later: the same message once more, with the same client_id."""
        if item in self._unsent and item.waiting and item.ref == ref:
            item.waiting = False
            await self._next()

    def _later(self, seconds: float, deed: Callable[[], Any]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            await deed()

        task = asyncio.create_task(wait())
        self._waits.add(task)
        task.add_done_callback(self._waits.discard)

    async def _say(self, frame: Frame) -> None:
        """Send a frame; a line that is gone is noticed by whoever reads it."""
        if self._line is not None:
            try:
                await self._line.say(frame)
            except Gone:
                return

    def _ref(self) -> str:
        self._refs += 1
        return str(self._refs)
