"""Random input against a running server: what every fuzz needs, whatever it sends."""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from hypothesis import HealthCheck, Phase, settings, strategies
from hypothesis import seed as with_seed
from hypothesis.strategies import SearchStrategy

from tests.faults.stage import Options, Stage

STRANGE: Final = (
    "", "0", "-1", "9" * 400, "f" * 32, "../..", "..%2f", "%00", "\x00", "\ud800", "\u202e", "\u200b", "null", "NaN",
    "'; DROP TABLE room; --", "{{7*7}}", "<script>", "a" * 3000, "e\u0301" * 20, "\n" * 30, "é", "💥", "2026-13-45",
    "00000000-0000-4000-8000-000000000000", "true", "[]", "1e400", "٣", "\ufeff", "0x10", "1_000",
)  # fmt: skip


def chosen_settings(options: Options, short: int, long: int, steps: int = 50) -> settings:
    """Return how a fuzz runs: so many examples of so many steps, and the smallest failing one is looked for."""
    return settings(
        max_examples=options.pick(short, long), stateful_step_count=steps, deadline=None, database=None,
        print_blob=False, suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink) if options.long else (Phase.explicit, Phase.generate),
    )  # fmt: skip


def given_settings(options: Options, short: int, long: int) -> Callable[[Any], Any]:
    """Return the decorator of a fuzz: so many examples, from this seed."""
    chosen = chosen_settings(options, short, long)
    return lambda test: with_seed(options.seed)(chosen(test))


def texts() -> SearchStrategy[str]:
    """Return strings that people send rarely: known troublemakers, and any characters."""
    return strategies.sampled_from(STRANGE) | strategies.text(max_size=60)


def values(depth: int = 2) -> SearchStrategy[Any]:
    """Return any JSON value, NaN and huge numbers included."""
    plain = strategies.none() | strategies.booleans() | strategies.integers() | strategies.floats() | texts()
    if not depth:
        return plain
    inner = values(depth - 1)
    return plain | strategies.lists(inner, max_size=4) | strategies.dictionaries(texts(), inner, max_size=4)


async def apart(fuzz: Callable[[asyncio.Runner], None]) -> str:
    """Run a fuzz in a thread with a loop of its own. Returns what it found, in words; nothing when nothing broke."""

    def work() -> str:
        with asyncio.Runner() as runner:
            try:
                fuzz(runner)
            except (AssertionError, ExceptionGroup, OSError) as error:
                notes = "; ".join(getattr(error, "__notes__", []))
                return f"{type(error).__name__}: {error} {notes}"[:2000]
        return ""

    return await asyncio.to_thread(work)


def harm(stage: Stage) -> list[str]:
    """Return the processes that ended and the errors that any of them printed; nothing when all is well.

    That a store was not reached in time is none: on a busy machine, or after a leap of the clock, all jobs run at once.
    """
    ended = [f"process {app.port} ended" for app in stage.cluster.apps if not app.running]
    rows = [row for app in stage.cluster.apps for row in app.printed().splitlines()]
    bad = [row for row in rows if '"level": "error"' in row.lower() or "traceback" in row.lower()]
    late = ("store_unreachable", '"error": "Unavailable"')
    return ended + [row[:1500] for row in bad if not any(word in row for word in late)][:5]
