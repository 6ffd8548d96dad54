"""One deed for all who ask at the same moment: what queues while it runs is done in one go.

No fixed window: who comes alone waits for nobody, and under load the rounds grow by themselves.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Generic, TypeVar

from sqlalchemy.exc import IntegrityError

MOST: Final = 1024

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


class Together(Generic[Asked, Answer]):
    """Collects questions for one deed. An answer that is an exception is raised for the one who asked."""

    def __init__(self, deed: Callable[[list[Asked]], Awaitable[Sequence[Answer | Exception]]]) -> None:
        """Keep the deed: questions in, answers out, in the same order."""
        self._deed = deed
        self._queue: list[tuple[Asked, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None

    async def ask(self, asked: Asked) -> Answer:
        """Return the answer to one question."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._queue.append((asked, answer))
        self._running = self._running or asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        try:
            while self._queue:
                round_, self._queue = self._queue[:MOST], self._queue[MOST:]
                await self._round(round_)
        finally:
            self._running = None

    async def _round(self, round_: list[tuple[Asked, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._deed([asked for asked, _ in round_])
        except IntegrityError as error:
            if len(round_) > 1:  # one of them is refused by the store: the others are not to suffer for it
                for one in round_:
                    await self._round([one])
            else:
                _tell(round_[0][1], error)
        except Exception as error:
            for _, answer in round_:
                _tell(answer, error)
        else:
            for (_, answer), found in zip(round_, answers, strict=True):
                _tell(answer, found)


def _tell(answer: asyncio.Future[Answer], found: Answer | Exception) -> None:
    if answer.done():  # whoever asked has left
        return
    if isinstance(found, Exception):
        answer.set_exception(found)
    else:
        answer.set_result(found)
