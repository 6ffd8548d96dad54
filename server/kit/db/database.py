"""One store: reading and writing, the same on SQLite and PostgreSQL.

A transaction commits in one place, at the end of its block. What others may hear or count is said with `after_commit`:
it leaves after the commit and vanishes with an error.
"""

import asyncio
import inspect
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial, wraps
from typing import Any, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel.ext.asyncio.session import AsyncSession

from server.kit.db.breaker import Resting
from server.kit.db.plain import AfterCommit, Plain
from server.kit.db.together import Together
from server.kit.errors import Unavailable
from server.kit.log import Component, Event, log

P = ParamSpec("P")
T = TypeVar("T")
Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
LOST: Final = (DBAPIError, PoolTimeout, OSError)
COLLIDED: Final = ("40001", "40P01")
TRIES: Final = 4
JITTER_SECONDS: Final = 0.05


class Collided(Unavailable):
    """Two transactions waited for each other and the database ended this one; doing it again may well work."""


class Tx(AsyncSession):
    """An open transaction of one store. Nothing but the store may be awaited while it is open."""

    def after_commit(self, deed: AfterCommit) -> None:
        """Run deed once the transaction is durable; never when it failed."""
        self.info.setdefault("after_commit", []).append(deed)

    def waiting_deeds(self) -> list[AfterCommit]:
        """Return what waits for the commit; it is handed over once."""
        found: list[AfterCommit] = self.info.pop("after_commit", [])
        return found


Measure = Callable[[str, float], None]
"""Hears a step (pool: until one could begin, commit: until it was durable) and the seconds it took."""


def unmeasured(step: str, seconds: float) -> None:
    """Measure nothing."""


Many = Callable[[Tx, list[Asked]], Awaitable[Sequence[Answer | Exception]]]
ManyPlain = Callable[[Plain, list[Asked]], Awaitable[Sequence[Answer | Exception]]]


class Engine(Protocol):
    """What one kind of database must offer."""

    def reading(self) -> AbstractAsyncContextManager[Tx]:
        """Open a transaction that cannot write."""
        ...

    def writing(self) -> AbstractAsyncContextManager[Tx]:
        """Open a transaction; leaving the block means it is durable."""
        ...

    def reading_plain(self) -> AbstractAsyncContextManager[Plain]:
        """Open a connection for plain queries."""
        ...

    def writing_plain(self) -> AbstractAsyncContextManager[Plain]:
        """Open a transaction for plain statements; leaving the block means it is durable."""
        ...

    def answers(self) -> bool:
        """Say whether it has not just failed several times in a row."""
        ...

    def pool_wait(self) -> float:
        """Return how long people wait for a connection now, in seconds."""
        ...

    @property
    def in_use(self) -> int:
        """Return how many connections are taken now."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


def repeats_collisions(deed: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """Do a deed again, at most three times, when its transaction collided; for deeds that are safe to repeat."""

    @wraps(deed)
    async def tried(*args: P.args, **named: P.kwargs) -> T:
        for _ in range(TRIES - 1):
            try:
                return await deed(*args, **named)
            except Collided:
                await asyncio.sleep(random.random() * JITTER_SECONDS)
        return await deed(*args, **named)

    return tried


class Database:
    """One store by name."""

    def __init__(self, name: str, engine: Engine, measure: Measure = unmeasured) -> None:
        """Wrap an engine that is already open."""
        self.name = name
        self.engine = engine
        self._measure = measure
        self._rounds: dict[Any, Together[Any, Any]] = {}

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Tx]:
        """Give a transaction for queries. Raises Unavailable when the store does not answer."""
        with _lost_is_unavailable():
            async with self.engine.reading() as tx:
                yield tx

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Tx]:
        """Give a transaction that commits at the end of the block, then runs the after_commit deeds.

        Raises IntegrityError as it is (the deed knows what it means) and Unavailable when the store does not answer.
        """
        with _lost_is_unavailable():
            async with self.engine.writing() as tx:
                yield tx
                written = time.monotonic()
        self._measure("commit", time.monotonic() - written)
        await _run(tx.waiting_deeds())

    async def read_together(self, deed: Many[Asked, Answer], asked: Asked) -> Answer:
        """Read for all who ask the same kind of thing at the same moment in one transaction."""
        known: Together[Asked, Answer] = self._rounds.get(deed) or self._begin(deed, partial(self._read, deed))
        return await known.ask(asked)

    async def read_plain(self, deed: ManyPlain[Asked, Answer], asked: Asked) -> Answer:
        """Read in plain SQL for all who ask the same kind of thing at the same moment (see kit/db/plain)."""
        known: Together[Asked, Answer] = self._rounds.get(deed) or self._begin(deed, partial(self._read_plain, deed))
        return await known.ask(asked)

    async def write_plain(self, deed: ManyPlain[Asked, Answer], asked: Asked) -> Answer:
        """Write in plain SQL for all who ask the same kind of thing at the same moment; durable on return.

        When the store refuses one of them (IntegrityError), each is written alone, and that one hears it.
        """
        known: Together[Asked, Answer] = self._rounds.get(deed) or self._begin(deed, partial(self._write_plain, deed))
        return await known.ask(asked)

    def _begin(
        self, deed: object, round_: Callable[[list[Asked]], Awaitable[Sequence[Answer | Exception]]]
    ) -> Together[Asked, Answer]:
        self._rounds[deed] = Together(round_)
        return self._rounds[deed]

    async def _read(self, deed: Many[Asked, Answer], asked: list[Asked]) -> Sequence[Answer | Exception]:
        async with self.reading() as tx:
            return await deed(tx, asked)

    async def _read_plain(self, deed: ManyPlain[Asked, Answer], asked: list[Asked]) -> Sequence[Answer | Exception]:
        with _lost_is_unavailable():
            async with self.engine.reading_plain() as plain:
                return await deed(plain, asked)

    async def _write_plain(self, deed: ManyPlain[Asked, Answer], asked: list[Asked]) -> Sequence[Answer | Exception]:
        answers, deeds = await self._written(deed, asked)
        await _run(deeds)
        return answers

    @repeats_collisions
    async def _written(
        self, deed: ManyPlain[Asked, Answer], asked: list[Asked]
    ) -> tuple[Sequence[Answer | Exception], list[AfterCommit]]:
        """Return the answers, and what waits for the commit that has been made."""
        with _lost_is_unavailable():
            async with self.engine.writing_plain() as plain:
                answers = await deed(plain, asked)
                written = time.monotonic()
        self._measure("commit", time.monotonic() - written)
        return answers, plain.deeds

    async def close(self) -> None:
        """Let go of files and connections."""
        await self.engine.close()


async def _run(deeds: list[AfterCommit]) -> None:
    """Run what waited for the commit. One that fails is logged and does not undo what is durable."""
    for deed in deeds:
        try:
            waiting = deed()
            if inspect.isawaitable(waiting):
                await waiting
        except Exception as error:  # the answer to the person is already true
            log(Event.AFTER_COMMIT_FAILED, component=Component.WORKER, level="error", error=error)


class _lost_is_unavailable:  # noqa: N801 - reads as the sentence it is
    """Turn a lost, hanging or full store into one error that people get a plain text for."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, IntegrityError | ProgrammingError) or not isinstance(error, LOST):
            return
        if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in COLLIDED:
            raise Collided from error
        if not isinstance(error, Resting):  # that one was said when it began
            log(Event.STORE_UNREACHABLE, component=Component.DATABASE, level="error", error=error)
        raise Unavailable from error


async def shielded(step: Awaitable[object]) -> None:
    """Finish a step even when the one who asked has gone, however often they are told to go."""
    task = asyncio.ensure_future(step)
    left: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            left = error
    if left is not None:
        raise left
    task.result()
