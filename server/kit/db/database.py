"""One store: reading and writing, the same on SQLite and PostgreSQL.

A transaction commits in one place, at the end of its block. What others may hear or count is said with `after_commit`:
it leaves after the commit and vanishes with an error.
"""

import asyncio
import inspect
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
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

    async def close(self) -> None:
        """Let go of files and connections."""
        ...


class Database:
    """One store by name."""

    def __init__(self, name: str, engine: Engine) -> None:
        """Wrap an engine that is already open."""
        self.name = name
        self.engine = engine
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
        await _run(tx.waiting_deeds())

    async def read_together(self, deed: Many[Asked, Answer], asked: Asked) -> Answer:
        """Read for all who ask the same kind of thing at the same moment in one transaction."""

        async def read(questions: list[Asked]) -> Sequence[Answer | Exception]:
            async with self.reading() as tx:
                return await deed(tx, questions)

        return await self._together(deed, read).ask(asked)

    async def read_plain(self, deed: ManyPlain[Asked, Answer], asked: Asked) -> Answer:
        """Read in plain SQL for all who ask the same kind of thing at the same moment (see kit/db/plain)."""

        async def read(questions: list[Asked]) -> Sequence[Answer | Exception]:
            with _lost_is_unavailable():
                async with self.engine.reading_plain() as plain:
                    return await deed(plain, questions)

        return await self._together(deed, read).ask(asked)

    async def write_plain(self, deed: ManyPlain[Asked, Answer], asked: Asked) -> Answer:
        """Write in plain SQL for all who ask the same kind of thing at the same moment; durable on return.

        When the store refuses one of them (IntegrityError), each is written alone, and that one hears it.
        """

        @repeats_collisions
        async def write(questions: list[Asked]) -> Sequence[Answer | Exception]:
            with _lost_is_unavailable():
                async with self.engine.writing_plain() as plain:
                    answers = await deed(plain, questions)
            await _run(plain.deeds)
            return answers

        return await self._together(deed, write).ask(asked)

    def _together(
        self,
        deed: Callable[..., Any],
        round_: Callable[[list[Asked]], Awaitable[Sequence[Answer | Exception]]],
    ) -> Together[Asked, Answer]:
        if (known := self._rounds.get(deed)) is None:
            known = self._rounds[deed] = Together(round_)
        return known

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


async def shielded(step: Awaitable[None]) -> None:
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
