"""What a process measured, exactly: in MOI_MODE=test only, where nobody is real. Everywhere else only metrics leave."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import orjson

KEPT: Final = 20_000


class Exact:
    """The waits of each step in seconds, the latest 20,000 of each, and the numbers that others keep."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._waits: dict[str, deque[float]] = {}
        self._numbers: dict[str, Callable[[], float]] = {}

    def note(self, step: str, seconds: float) -> None:
        """Note how long one step took."""
        self._waits.setdefault(step, deque(maxlen=KEPT)).append(seconds)

    def number(self, name: str, read: Callable[[], float]) -> None:
        """Show a number under this name, as it is at the moment somebody asks."""
        self._numbers[name] = read

    def render(self) -> bytes:
        """Return {"waits": {step: [seconds]}, "numbers": {name: value}} as JSON; tasks are those of the loop."""
        numbers = {name: read() for name, read in self._numbers.items()} | {"tasks": len(asyncio.all_tasks())}
        return orjson.dumps({"waits": {step: [*waits] for step, waits in self._waits.items()}, "numbers": numbers})
