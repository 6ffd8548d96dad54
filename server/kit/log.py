"""The only way to write a log line. It takes no free text, so nothing a person typed can reach a log (privacy 4.2)."""

import json
import logging
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Final, Literal

from server.kit.clock import SystemClock, whole_hour

ROOT: Final = Path(__file__).resolve().parents[2]
Level = Literal["info", "warning", "error"]


class Event(StrEnum):
    """Everything the application can say about itself."""

    STARTED = "started"
    START_FAILED = "start_failed"
    STOPPED = "stopped"
    DRAINING = "draining"
    REQUEST_FAILED = "request_failed"
    FRAME_FAILED = "frame_failed"
    AFTER_COMMIT_FAILED = "after_commit_failed"
    JOB_FAILED = "job_failed"
    JOB_DONE = "job_done"
    JOB_LATE = "job_late"
    STORE_UNREACHABLE = "store_unreachable"
    BUS_DEGRADED = "bus_degraded"
    DISK_LOW = "disk_low"
    LISTENER_FAILED = "listener_failed"
    CHECKER_FAILED = "checker_failed"
    RULES_REFUSED = "rules_refused"
    LIBRARY = "library"
    HELP_LINES_STALE = "help_lines_stale"


class Component(StrEnum):
    """The parts that can be named in a log line."""

    WEB = "web"
    SOCKET = "ws"
    DATABASE = "db"
    BUS = "bus"
    WORKER = "worker"


def log(
    event: Event,
    *,
    component: Component,
    level: Level = "info",
    code: str | None = None,
    error: BaseException | None = None,
) -> None:
    """Print one JSON line: UTC hour, level, event, component, code, and for an error its type and the places it passed.

    code is one of our own stable codes. An error's message is left out: it may repeat what somebody sent.
    """
    record: dict[str, object] = {
        "hour": whole_hour(SystemClock().now()).strftime("%Y-%m-%dT%H"),
        "level": level,
        "event": event.value,
        "component": component.value,
    }
    if code is not None:
        record["code"] = code
    if error is not None:
        record["error"] = type(error).__name__
        record["where"] = places(error.__traceback__)
    print(json.dumps(record), file=sys.stderr, flush=True)


def places(trace: TracebackType | None) -> list[str]:
    """Return `file:line` for each step of a traceback, innermost last, without code, values or folders."""
    return [f"{_short(frame.filename)}:{frame.lineno}" for frame in traceback.extract_tb(trace)]


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) and ".venv" not in path.parts else path.name


class _Library(logging.Handler):
    """Lets a library say that something happened, never what: its words may hold what a visitor sent."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if record.levelno >= logging.WARNING:
            log(Event.LIBRARY, component=Component.WORKER, level="warning", code=record.name, error=error)


def quiet_libraries() -> None:
    """Send every library's log through the one function above."""
    logging.basicConfig(handlers=[_Library()], level=logging.WARNING, force=True)
    logging.captureWarnings(True)
