"""The command line: python -m server serve · migrate · check · seed · invite · release · search · backup …"""

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Callable
from typing import Final

from server.kit.settings import EXIT_BAD_SETTINGS, BadSettings, Fault, Settings, explain, load

Command = Callable[[Settings, list[str]], int]


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit status: 78 when the settings cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m server")
    parser.add_argument("command", choices=[*COMMANDS, "search"])
    name, rest = parser.parse_args(arguments[:1]).command, arguments[1:]
    if name == "search":
        return _search(rest)
    if name == "check" and "--explain" in rest:
        print(explain())
        return 0
    if name == "release" and "--verify" in rest:
        return _verify(rest)
    try:
        settings = load()
    except BadSettings as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_SETTINGS
    return COMMANDS[name](settings, rest)


def _serve(settings: Settings, rest: list[str]) -> int:
    """Serve until told to stop. Demo and test migrate by themselves; production refuses an unknown schema."""
    gc.disable()  # a quarter of the start went to walking what stays; server.rest switches it on again
    import uvloop

    from server.kit.log import quiet_libraries
    from server.start import start

    quiet_libraries()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(start(settings))


def _migrate(settings: Settings, rest: list[str]) -> int:
    from server.migrations.schema import migrate

    asyncio.run(migrate(settings))
    return 0


def _check(settings: Settings, rest: list[str]) -> int:
    """Check settings, machine, schema and content without serving. --explain lists every setting."""
    from server.kit.run.preflight import preflight
    from server.start import find_faults

    async def look() -> list[Fault]:
        return await find_faults(settings, await preflight(settings))

    if faults := asyncio.run(look()):
        print(BadSettings(faults), file=sys.stderr)
        return EXIT_BAD_SETTINGS
    worries = content_worries(settings)
    print("\n".join(worries) or "settings, schema and content are in order")
    return EXIT_BAD_SETTINGS if worries and settings.mode == "production" else 0


def content_worries(settings: Settings) -> list[str]:
    """Return what has to be mended before people come: old help numbers, an example as contact, rules that fail."""
    import moderation
    from server.crisis.lines import stale
    from server.info.contact import contact_point
    from server.kit.clock import SystemClock, local_day

    worries = [f"help line {line.name}: not checked for 90 days" for line in stale(local_day(SystemClock().now()))]
    if contact_point().is_example:
        worries.append("content/contactpunt.toml is still the example")
    try:
        moderation.check("", place=moderation.Place.ROOM)
    except moderation.RulebookError as error:
        worries.append(f"content/moderation: {error}")
    return worries


def _seed(settings: Settings, rest: list[str]) -> int:
    """Make test data for a server started afterwards on the same stores; test mode only."""
    from server.seed import seed

    parser = argparse.ArgumentParser(prog="python -m server seed")
    parser.add_argument("--visitors", type=int, default=0)
    parser.add_argument("--rooms", type=int, default=0)
    parser.add_argument("--waiting", type=int, default=0)
    parser.add_argument("--team", default="", help="role=number,…")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(rest)
    if settings.mode != "test":
        print("seed works in MOI_MODE=test only", file=sys.stderr)
        return EXIT_BAD_SETTINGS
    team = dict(part.split("=") for part in options.team.split(",") if part)
    made = asyncio.run(
        seed(settings, options.visitors, options.rooms, options.waiting, {role: int(n) for role, n in team.items()})
    )
    print(json.dumps(made, ensure_ascii=False) if options.json else {name: len(rows) for name, rows in made.items()})
    return 0


def _release(settings: Settings, rest: list[str]) -> int:
    """Publish the figures that are due; with --note put a remark beside a release."""
    from server.app import make_runtime
    from server.jobs import organisations
    from server.kit.db.sqlite import StoreInUse
    from server.stats.command import release_command

    async def go() -> int:
        rt = make_runtime(settings)
        try:
            return await release_command(rt, rest, organisations)
        finally:
            await rt.close()

    try:
        return asyncio.run(go())
    except StoreInUse as error:
        print(f"the server has store {error} open and publishes by itself every night", file=sys.stderr)
        return EXIT_BAD_SETTINGS


def _verify(rest: list[str]) -> int:
    from server.stats.command import verify_command

    return verify_command(rest)


def _invite(settings: Settings, rest: list[str]) -> int:
    """Invite the first administrator: prints the address that can be used once, for 24 hours."""
    from server.app import make_runtime
    from server.team import accounts
    from server.team.permissions import Role

    async def go() -> str:
        rt = make_runtime(settings)
        try:
            return await accounts.invite(rt, None, " ".join(rest), Role.ADMINISTRATOR, frozenset())
        finally:
            await rt.close()

    print(f"{settings.team_url}/team/uitnodiging/{asyncio.run(go())}")
    return 0


def _upkeep(name: str) -> Command:
    """Return one of backup, restore and retain."""

    def run(settings: Settings, rest: list[str]) -> int:
        from server.upkeep import command

        return int(asyncio.run(getattr(command, f"{name}_command")(settings, rest)))

    return run


def _search(rest: list[str]) -> int:
    from server.directory.command import search_command

    print(json.dumps(search_command(rest), ensure_ascii=False))
    return 0


COMMANDS: Final[dict[str, Command]] = {
    "serve": _serve,
    "migrate": _migrate,
    "seed": _seed,
    "check": _check,
    "release": _release,
    "invite": _invite,
    "backup": _upkeep("backup"),
    "restore": _upkeep("restore"),
    "retain": _upkeep("retain"),
}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
