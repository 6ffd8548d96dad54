"""What must be true of the machine before the first port opens; all faults are found together (reliability-spec 6)."""

import asyncio
import resource
import shutil
import tempfile
import time
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url

from server.kit.db.postgres import CONNECT_SECONDS, POOLS
from server.kit.live.redis_bus import connect
from server.kit.log import Component, Event, log
from server.kit.settings import PREFIX, Fault, Settings

WAIT_SECONDS: Final = 30
SLOWEST_RETRY_SECONDS: Final = 2
SPARE_CONNECTIONS: Final = 10
SPARE_FILES: Final = 1_000
MIB: Final = 1024 * 1024
LEAST_SPACE: Final = 200 * MIB
LITTLE_SPACE: Final = 1024 * MIB
CLOCK_SECONDS: Final = 5
QUIET: Final = {
    "archive_mode": "off",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_connections": "off",
}
"""How PostgreSQL has to be set beside chat texts: it dates nothing and writes nothing down (privacy 3.1, 4.1)."""

Later = (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.TooManyConnectionsError)


async def preflight(settings: Settings) -> list[Fault]:
    """Check machine, database and Redis. Returns all faults."""
    faults = [*folder(settings), *files(settings)]
    if settings.database_url:
        faults += await database(settings)
    if settings.redis_url and settings.mode == "production":
        faults += await redis(settings)
    return faults


def folder(settings: Settings) -> list[Fault]:
    """Find out whether the data folder can be written and has room; little room is said and no fault."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=settings.data_dir):
            free = shutil.disk_usage(settings.data_dir).free
    except OSError:
        return [_fault("DATA_DIR", "cannot be written", "a folder of the user the server runs as", "/srv/moi")]
    if free < LEAST_SPACE:
        return [_fault("DATA_DIR", f"{free // MIB} MiB free", f"at least {LEAST_SPACE // MIB} MiB", "/srv/moi")]
    if free < LITTLE_SPACE:
        log(Event.DISK_LOW, component=Component.WORKER, level="warning")
    return []


def files(settings: Settings) -> list[Fault]:
    """Take as many open files as the system gives, and find out whether they are enough for all connections."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    needed = settings.max_connections + SPARE_FILES
    if most == resource.RLIM_INFINITY or most >= needed:
        return []
    fewer = max(1, most - SPARE_FILES)
    return [_fault("MAX_CONNECTIONS", f"only {most} open files", f"at most {fewer}, or a limit of {needed}", "500")]


async def database(settings: Settings) -> list[Fault]:
    """Wait for PostgreSQL for half a minute, then look whether it can serve us all and keeps quiet."""
    try:
        connection = await _reach(settings.database_url)
    except (*Later, asyncpg.PostgresError) as error:
        said = f"no connection ({type(error).__name__})"
        return [_fault("DATABASE_URL", said, "a PostgreSQL that answers within 30 seconds", "postgresql://moi@db/moi")]
    try:
        return [
            *await _room(connection, settings),
            *await _clock(connection, settings),
            *await _quiet(connection, settings),
        ]
    finally:
        await connection.close()


async def redis(settings: Settings) -> list[Fault]:
    """Refuse a Redis that writes to disk. One that is away is no fault: we do without (promise P9)."""
    client = connect(settings.redis_url)
    try:
        kept = await client.config_get("save", "appendonly")
    except (RedisError, OSError, TimeoutError):  # away, or no right to ask
        return []
    finally:
        await client.aclose()
    found = {_text(name): _text(value) for name, value in kept.items()}
    if found.get("save") or found.get("appendonly") == "yes":
        return [_fault("REDIS_URL", "this Redis writes to disk", 'save "" and appendonly no', "redis://redis:6379")]
    return []


async def _reach(url: str) -> "asyncpg.Connection[Any]":
    """Return a connection; tries again for half a minute while the server is not there yet."""
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    until, pause = time.monotonic() + WAIT_SECONDS, 0.1
    while True:
        try:
            return await asyncpg.connect(plain, timeout=CONNECT_SECONDS, command_timeout=CONNECT_SECONDS)
        except Later:
            if time.monotonic() + pause > until:
                raise
        await asyncio.sleep(pause)
        pause = min(SLOWEST_RETRY_SECONDS, 2 * pause)


async def _room(connection: "asyncpg.Connection[Any]", settings: Settings) -> list[Fault]:
    most = int(await connection.fetchval("SHOW max_connections"))
    needed = settings.processes * sum(map(sum, POOLS.values())) + SPARE_CONNECTIONS
    if needed <= most:
        return []
    return [_fault("PROCESSES", f"need {needed} connections, PostgreSQL gives {most}", "fewer processes", "2")]


async def _clock(connection: "asyncpg.Connection[Any]", settings: Settings) -> list[Fault]:
    if settings.mode == "test":  # faults are tried with clocks that are wrong on purpose
        return []
    apart = abs((await connection.fetchval("SELECT clock_timestamp()") - datetime.now(UTC)).total_seconds())
    if apart < CLOCK_SECONDS:
        return []
    said = f"its clock and ours are {apart:.0f} s apart"
    return [_fault("DATABASE_URL", said, f"less than {CLOCK_SECONDS} s", "postgresql://moi@db/moi")]


async def _quiet(connection: "asyncpg.Connection[Any]", settings: Settings) -> list[Fault]:
    if settings.mode != "production":
        return []
    rows = await connection.fetch("SELECT name, setting FROM pg_settings WHERE name = ANY($1)", list(QUIET))
    loud = [f"{row['name']}={row['setting']}" for row in rows if row["setting"] != QUIET[row["name"]]]
    if not loud:
        return []
    wanted = " ".join(f"{name}={value}" for name, value in QUIET.items())
    return [_fault("DATABASE_URL", f"it writes down too much: {' '.join(sorted(loud))}", wanted, "…")]


def _fault(name: str, problem: str, expected: str, example: str) -> Fault:
    return Fault(PREFIX + name, problem, expected, example)


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
