"""What must be true of PostgreSQL and Redis before the first port opens (reliability-spec 6)."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Any, Final

import asyncpg
from redis.exceptions import RedisError
from sqlalchemy.engine import make_url

from server.kit.db.postgres import CONNECT_SECONDS, POOLS
from server.kit.live.redis_bus import connect
from server.kit.run.preflight import fault
from server.kit.settings import Fault, Settings

WAIT_SECONDS: Final = 30
SLOWEST_RETRY_SECONDS: Final = 2
SPARE_CONNECTIONS: Final = 10
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


async def look(settings: Settings) -> list[Fault]:
    """Check those that the settings name. Returns all faults."""
    faults = await database(settings) if settings.database_url else []
    if settings.redis_url and settings.mode == "production":
        faults += await redis(settings)
    return faults


async def database(settings: Settings) -> list[Fault]:
    """Wait for PostgreSQL for half a minute, then look whether it can serve us all and keeps quiet."""
    try:
        connection = await _reach(settings.database_url)
    except (*Later, asyncpg.PostgresError) as error:
        said = f"no connection ({type(error).__name__})"
        return [fault("DATABASE_URL", said, "a PostgreSQL that answers within 30 seconds", "postgresql://moi@db/moi")]
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
        return [fault("REDIS_URL", "this Redis writes to disk", 'save "" and appendonly no', "redis://redis:6379")]
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
    return [fault("PROCESSES", f"need {needed} connections, PostgreSQL gives {most}", "fewer processes", "2")]


async def _clock(connection: "asyncpg.Connection[Any]", settings: Settings) -> list[Fault]:
    if settings.mode == "test":  # faults are tried with clocks that are wrong on purpose
        return []
    apart = abs((await connection.fetchval("SELECT clock_timestamp()") - datetime.now(UTC)).total_seconds())
    if apart < CLOCK_SECONDS:
        return []
    said = f"its clock and ours are {apart:.0f} s apart"
    return [fault("DATABASE_URL", said, f"less than {CLOCK_SECONDS} s", "postgresql://moi@db/moi")]


async def _quiet(connection: "asyncpg.Connection[Any]", settings: Settings) -> list[Fault]:
    if settings.mode != "production":
        return []
    rows = await connection.fetch("SELECT name, setting FROM pg_settings WHERE name = ANY($1)", list(QUIET))
    loud = [f"{row['name']}={row['setting']}" for row in rows if row["setting"] != QUIET[row["name"]]]
    if not loud:
        return []
    wanted = " ".join(f"{name}={value}" for name, value in QUIET.items())
    return [fault("DATABASE_URL", f"it writes down too much: {' '.join(sorted(loud))}", wanted, "…")]


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
