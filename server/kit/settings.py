"""One list of settings: name, default, unit and meaning. Every fault is found at once, before anything is opened."""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from server.kit.setting_values import (
    MOST_DRAIN_SECONDS,
    choice,
    hours,
    prefix,
    recipient,
    seconds_or_mode,
    switch,
    url,
    whole,
)

PREFIX: Final = "MOI_"
MODES: Final = ("demo", "test", "production")
EXIT_BAD_SETTINGS: Final = 78  # EX_CONFIG of sysexits.h


@dataclass(frozen=True)
class Fault:
    """One setting that cannot be used: its name, what is wrong, what is expected and an example."""

    name: str
    problem: str
    expected: str
    example: str

    def __str__(self) -> str:
        """Return one line for a terminal."""
        return f"{self.name}: {self.problem}; expected {self.expected}, for example {self.name}={self.example}"


class BadSettings(Exception):
    """At least one setting is wrong; faults lists all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        """Keep the list."""
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


@dataclass(frozen=True)
class Setting:
    """One line of the list. read turns the text into a value and raises ValueError."""

    name: str
    default: str
    unit: str
    meaning: str
    read: Callable[[str], Any]
    expected: str
    example: str


SETTINGS: Final = (
    Setting("MODE", "production", "", "how the server runs", choice(*MODES), "demo, test or production", "production"),
    Setting("DATA_DIR", "var", "folder", "SQLite files, keys", Path, "a folder", "/srv/moi"),
    Setting(
        "DATABASE_URL",
        "",
        "",
        "PostgreSQL; empty: SQLite files in DATA_DIR",
        url("postgresql", "postgresql+asyncpg"),
        "a PostgreSQL address",
        "postgresql://moi@db/moi",
    ),
    Setting(
        "REDIS_URL",
        "",
        "",
        "bus between processes; empty: one process",
        url("redis", "rediss", "unix"),
        "a Redis address",
        "redis://redis:6379",
    ),
    Setting(
        "REDIS_PREFIX",
        "moi:",
        "",
        "what every key and channel in Redis begins with",
        prefix,
        "letters, digits, - _ . or :, at most 32",
        "moi:",
    ),
    Setting(
        "PROCESSES",
        "1",
        "processes",
        "how many processes serve together; more than one needs PostgreSQL and Redis",
        whole(1, 16),
        "1 to 16",
        "2",
    ),
    Setting(
        "MAX_CONNECTIONS",
        "2000",
        "connections",
        "how many chat connections one process takes; more are sent to another",
        whole(1, 20_000),
        "1 to 20000",
        "2000",
    ),
    Setting(
        "SHED",
        "mode",
        "aan/uit",
        "give up what can be missed when it is too busy; default on in production only",
        choice("aan", "uit", "mode"),
        "aan or uit",
        "aan",
    ),
    Setting(
        "DRAIN_SECONDS",
        "mode",
        "seconds",
        "how long people are still served after SIGTERM, if they stay; default 15, in demo and tests 1",
        seconds_or_mode,
        "0 to 15",
        "15",
    ),
    Setting("HOST", "127.0.0.1", "", "address to listen on; demo only on loopback", str, "an address", "127.0.0.1"),
    Setting("PORT", "8000", "", "public pages and chat", whole(1, 65535), "a port", "8000"),
    Setting(
        "INTERNAL_PORT",
        "0",
        "",
        "health and metrics; 0: the public port plus one",
        whole(0, 65535),
        "a port or 0",
        "9000",
    ),
    Setting("INTERNAL_HOST", "127.0.0.1", "", "address of the internal port", str, "an address", "127.0.0.1"),
    Setting(
        "PUBLIC_URL",
        "",
        "",
        "address in the browser; empty: http://localhost:PORT",
        url("http", "https"),
        "an address",
        "https://moi.example",
    ),
    Setting(
        "TEAM_URL",
        "",
        "",
        "address of the team pages; empty: PUBLIC_URL",
        url("http", "https"),
        "an address",
        "https://team.moi.example",
    ),
    Setting(
        "BOOKING_URL",
        "",
        "",
        "address of the booking pages; empty: PUBLIC_URL",
        url("http", "https"),
        "an address",
        "https://afspraak.moi.example",
    ),
    Setting(
        "NEUTRAL_URL",
        "https://www.knmi.nl",
        "",
        "where 'Snel weg' goes",
        url("http", "https"),
        "an address",
        "https://www.knmi.nl",
    ),
    Setting("SITE_NAME", "Moi", "", "name in the header", str, "a neutral name", "Moi"),
    Setting(
        "VG_CONTACT",
        "mode",
        "aan/uit",
        "visitors may leave a contact with a booking; default on in demo only",
        choice("aan", "uit", "mode"),
        "aan or uit",
        "uit",
    ),
    Setting(
        "VG_NOTE",
        "mode",
        "aan/uit",
        "visitors may leave a note with a booking; default on in demo only",
        choice("aan", "uit", "mode"),
        "aan or uit",
        "uit",
    ),
    Setting(
        "SHOW_UNCONFIRMED",
        "mode",
        "aan/uit",
        "show places in the directory that were not confirmed yet; never in production",
        choice("aan", "uit", "mode"),
        "aan or uit",
        "uit",
    ),
    Setting("RUIS", "aan", "aan/uit", "noise on figures caused by visitors (privacy 9.2)", switch, "aan or uit", "aan"),
    Setting(
        "PROOF_BITS",
        "17",
        "bits",
        "work asked of a browser before a guessable step (privacy 2.10)",
        whole(1, 22),
        "1 to 22",
        "17",
    ),
    Setting(
        "ARGON2_MEMORY",
        "65536",
        "KiB",
        "memory of one password or return phrase hash",
        whole(8, 1_048_576),
        "at least 65536 in production",
        "65536",
    ),
    Setting("ARGON2_TIME", "3", "passes", "passes of one hash", whole(1, 10), "at least 3 in production", "3"),
    Setting(
        "STAFFED",
        "mode",
        "local time",
        "hours without a roster: those of the demo's roster, or fixed ones in tests; empty: the roster alone decides",
        hours,
        "hh:mm-hh:mm",
        "10:00-22:00",
    ),
    Setting(
        "STAFF_MINIMUM",
        "mode",
        "people",
        "how many of those on shift must be signed in for a door to be open; default 1, in demo and tests 0",
        choice("mode", *map(str, range(10))),
        "0 to 9",
        "1",
    ),
    Setting(
        "DOOR_GRACE",
        "5",
        "minutes",
        "how long a door stays open after the last of those on shift has left",
        whole(1, 60),
        "1 to 60",
        "5",
    ),
    Setting(
        "KRING_DOOR",
        "900",
        "seconds",
        "how long before its beginning the door of a kring opens",
        whole(1, 86_400),
        "1 to 86400",
        "900",
    ),
    Setting("KRING_CLOSING", "300", "seconds", "the last round of a kring", whole(1, 3600), "1 to 3600", "300"),
    Setting(
        "KRING_WIPE", "600", "seconds", "how long after its end a kring is wiped", whole(1, 3600), "1 to 3600", "600"
    ),
    Setting(
        "BACKUP_TO",
        "",
        "public key",
        "who can open the dumps (`backup --new-key`); empty: no dumps are made",
        recipient,
        "a public key of 32 bytes in base64, or nothing",
        "V29ydCBnZW1hYWt0IG1ldCBiYWNrdXAgLS1uZXcta2U=",
    ),
    Setting(
        "BACKUP_DIR",
        "",
        "folder",
        "where dumps go, best on another site; empty: dumps in DATA_DIR",
        Path,
        "a folder",
        "/srv/dumps",
    ),
    Setting(
        "LIMITS",
        "aan",
        "aan/uit",
        "limits on how often something may be done; off only for load and fault tests",
        switch,
        "aan or uit",
        "aan",
    ),
    Setting(
        "FSYNC",
        "aan",
        "aan/uit",
        "wait for the disk at every commit on SQLite; off only in tests",
        switch,
        "aan or uit",
        "aan",
    ),
)


@dataclass(frozen=True)
class Settings:
    """All settings, read and checked. Addresses have no slash at the end."""

    mode: str
    data_dir: Path
    database_url: str
    redis_url: str
    redis_prefix: str
    processes: int
    max_connections: int
    drain_seconds: float
    shed: bool
    host: str
    port: int
    internal_port: int
    internal_host: str
    public_url: str
    team_url: str
    booking_url: str
    neutral_url: str
    site_name: str
    vg_contact: bool
    vg_note: bool
    show_unconfirmed: bool
    ruis: bool
    proof_bits: int
    argon2_memory: int
    argon2_time: int
    staffed: str
    staff_minimum: int
    door_grace: int
    kring_door: int
    kring_closing: int
    kring_wipe: int
    backup_to: str
    backup_dir: Path
    fsync: bool
    limits: bool

    @property
    def standing_hours(self) -> str:
        """Return the hours that are open without a roster, in tests only; elsewhere the roster decides."""
        return self.staffed if self.mode == "test" else ""

    @property
    def secure(self) -> bool:
        """Say whether browsers reach us over TLS, so that cookies get their __Host- prefix (D19)."""
        return self.public_url.startswith("https://")

    @property
    def origins(self) -> frozenset[str]:
        """Return the origins whose forms and sockets are taken."""
        own = {self.public_url, self.team_url, self.booking_url}
        if not self.secure:  # on a developer's machine both spellings are the same place
            own |= {url.replace("//localhost", "//127.0.0.1") for url in own}
        return frozenset(own)


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the environment. Raises BadSettings with every fault in it."""
    environment = os.environ if environment is None else environment
    values, faults = _read_all(environment)
    if not faults:
        _fill_in(values)
        faults = _together(values)
    if faults:
        raise BadSettings(faults)
    return Settings(**values)


def explain(environment: Mapping[str, str] | None = None) -> str:
    """Return the list for people: name, present value, unit, meaning."""
    environment = os.environ if environment is None else environment
    lines = []
    for setting in SETTINGS:
        value = environment.get(PREFIX + setting.name, setting.default) or "(empty)"
        shown = "(set)" if "URL" in setting.name and "@" in value else value
        lines.append(f"{PREFIX}{setting.name}={shown}  [{setting.unit or '-'}]  {setting.meaning}")
    return "\n".join(lines)


def _read_all(environment: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for setting in SETTINGS:
        text = environment.get(PREFIX + setting.name, setting.default)
        try:
            values[setting.name.lower()] = setting.read(text)
        except (ValueError, KeyError):
            faults.append(Fault(PREFIX + setting.name, "not usable", setting.expected, setting.example))
    known = {PREFIX + setting.name for setting in SETTINGS}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known and not name.startswith("MOI_TEST_"):
            faults.append(Fault(name, "unknown setting", "a name of `python -m server check --explain`", "…"))
    return values, faults


def _fill_in(values: dict[str, Any]) -> None:
    """Complete what follows from other settings."""
    values["internal_port"] = values["internal_port"] or values["port"] + 1
    values["public_url"] = values["public_url"] or f"http://localhost:{values['port']}"
    for name in ("team_url", "booking_url"):
        values[name] = values[name] or values["public_url"]
    for name in ("vg_contact", "vg_note", "show_unconfirmed"):
        values[name] = values["mode"] != "production" if values[name] == "mode" else values[name] == "aan"
    values["shed"] = values["mode"] == "production" if values["shed"] == "mode" else values["shed"] == "aan"
    if values["drain_seconds"] == "mode":
        values["drain_seconds"] = MOST_DRAIN_SECONDS if values["mode"] == "production" else 1
    if values["staffed"] == "mode":
        values["staffed"] = "" if values["mode"] == "production" else "00:00-24:00"
    if values["staff_minimum"] == "mode":
        values["staff_minimum"] = 1 if values["mode"] == "production" else 0
    values["staff_minimum"] = int(values["staff_minimum"])


def _together(values: dict[str, Any]) -> list[Fault]:
    """Find settings that do not fit each other."""
    faults: list[Fault] = []

    def fault(name: str, problem: str, expected: str, example: str) -> None:
        faults.append(Fault(PREFIX + name, problem, expected, example))

    if values["redis_url"] and not values["database_url"]:
        fault(
            "REDIS_URL", "several processes cannot share SQLite files", "MOI_DATABASE_URL as well", "redis://redis:6379"
        )
    for name in ("public_url", "team_url", "booking_url"):
        if urlsplit(values[name]).path:
            fault(
                name.upper(),
                "has a path, which no browser names as its origin",
                "scheme and host",
                "https://moi.example",
            )
    if values["processes"] > 1 and not values["database_url"]:
        fault("PROCESSES", "several processes cannot share SQLite files", "1, or MOI_DATABASE_URL as well", "1")
    if values["processes"] > 1 and not values["redis_url"]:
        fault("PROCESSES", "they could not hear each other", "MOI_REDIS_URL as well", "1")
    if values["mode"] == "demo" and values["host"] not in ("127.0.0.1", "::1", "localhost"):
        fault("HOST", "demo mode gives everybody a team account", "a loopback address", "127.0.0.1")
    if values["mode"] == "production":
        if not values["public_url"].startswith("https://"):
            fault("PUBLIC_URL", "visitors need TLS", "an https address", "https://moi.example")
        if values["argon2_memory"] < 65536:
            fault("ARGON2_MEMORY", "too cheap to guess", "at least 65536", "65536")
        if values["argon2_time"] < 3:
            fault("ARGON2_TIME", "too cheap to guess", "at least 3", "3")
        if values["show_unconfirmed"]:
            fault("SHOW_UNCONFIRMED", "unconfirmed places are not shown to the public", "uit", "uit")
        if not values["fsync"]:
            fault("FSYNC", "a message with an ack would be lost with the power", "aan", "aan")
        if values["staffed"]:
            fault("STAFFED", "doors follow the roster, not fixed hours", "nothing", "(empty)")
        if not values["limits"]:
            fault("LIMITS", "anybody could flood a room", "aan", "aan")
        if values["proof_bits"] < 17:
            fault("PROOF_BITS", "too easy", "at least 17", "17")
    return faults


def random_port_settings(folder: Path, port: int, **changes: str) -> Settings:
    """Return cheap settings for one throw-away server of the tests."""
    environment = {
        "MOI_MODE": "test", "MOI_DATA_DIR": str(folder), "MOI_PORT": str(port), "MOI_ARGON2_MEMORY": "64",
        "MOI_ARGON2_TIME": "1", "MOI_PROOF_BITS": "4", "MOI_FSYNC": "uit", "MOI_STAFFED": "00:00-24:00",
    }  # fmt: skip
    return load(environment | {f"MOI_{name.upper()}": value for name, value in changes.items()})


def fresh_token() -> str:
    """Return 32 random bytes for a cookie, as 43 URL-safe characters."""
    return secrets.token_urlsafe(32)
