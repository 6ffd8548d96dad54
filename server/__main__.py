"""The command line: python -m server serve · migrate · seed · check · search · release."""

import argparse
import asyncio
import json
import sys

from server.kit.settings import EXIT_BAD_SETTINGS, BadSettings, Settings, explain, load


def main(arguments: list[str]) -> int:
    """Run one command. Returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m server")
    parser.add_argument("command", choices=["serve", "migrate", "seed", "check", "search", "release"])
    name, rest = parser.parse_args(arguments[:1]).command, arguments[1:]
    if name == "search":
        return _search(rest)
    if name == "check" and "--explain" in rest:
        print(explain())
        return 0
    try:
        settings = load()
    except BadSettings as error:
        print(error, file=sys.stderr)
        return EXIT_BAD_SETTINGS
    return {"serve": _serve, "migrate": _migrate, "check": _check}[name](settings, rest)


def _serve(settings: Settings, rest: list[str]) -> int:
    from server.serve import serve

    return asyncio.run(serve(settings))


def _migrate(settings: Settings, rest: list[str]) -> int:
    from server.migrations.schema import create_all

    asyncio.run(create_all(settings))
    return 0


def _check(settings: Settings, rest: list[str]) -> int:
    print("settings are in order")
    return 0


def _search(rest: list[str]) -> int:
    from server.directory.command import search_command

    print(json.dumps(search_command(rest), ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
