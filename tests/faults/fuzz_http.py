"""Addresses and forms that no page of ours sends: no answer is an error of ours, and no process ends.

Schemathesis walks what /api describes; Hypothesis walks every route of every zone with its own fields.
"""

import asyncio
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx
import schemathesis
from fastapi.routing import APIRoute
from hypothesis import given, strategies
from hypothesis.strategies import SearchStrategy

from server.app import ZONES
from tests.faults.fuzzing import apart, given_settings, harm, texts
from tests.faults.lines import cookie_of
from tests.faults.stage import Options, Report, Stage, open_stage, verdict

STORES = ("sqlite", "pg")
SHORT = ("pg",)
VISITORS = 60
TEAM: Final = "moderator=3,peer_worker=3,coordinator=2,administrator=2"
STREAMS: Final = ("/sse", "/poll")
"""What answers when there is news, and therefore late; transport_parity and fuzz_frames go there."""


@dataclass(frozen=True)
class Asked:
    """One request: who asks, how, where, and with which fields."""

    method: str
    path: str
    fields: tuple[tuple[str, str], ...]
    query: tuple[tuple[str, str], ...]
    person: int
    signed: bool


async def run(options: Options) -> Report:
    """Walk the described addresses, then all routes, as people of every kind."""
    async with open_stage(options, visitors=VISITORS, rooms=1, waiting=2, team=TEAM) as stage:
        counted = {"described": 0, "routes": len(_routes()), "requests": 0}

        def fuzz(runner: asyncio.Runner) -> None:
            _described(stage, options, counted)

            @given_settings(options, 250, 20_000)
            @given(asked(stage))
            def every(one: Asked) -> None:
                counted["requests"] += 1
                runner.run(_ask(stage, one))

            every()

        found = await apart(fuzz)
        report: Report = counted | {"found": found, "harm": harm(stage)} | await stage.measured()
        return verdict("fuzz_http", options, report, nothing_found=not found, unharmed=not report["harm"])


def asked(stage: Stage) -> SearchStrategy[Asked]:
    """Return requests to our own routes: right and strange parts of addresses, right and strange fields."""
    ids = [row["id"] for row in stage.made["rooms"]] + [row["talk"] for row in stage.made["waiting"]]
    parts = strategies.sampled_from([*ids, "1", "2"]) | texts()
    words = strategies.sampled_from(["ja", "nee", "", "1", "2026-12-01", "somber", *ids]) | texts()
    pairs = strategies.lists(
        strategies.tuples(strategies.sampled_from(["p", "c", "z", "at", "wait"]), words), max_size=3
    )

    def request(route: APIRoute) -> SearchStrategy[Asked]:
        names = sorted(_fields(route))
        fields = strategies.lists(strategies.tuples(strategies.sampled_from([*names, "x"]), words), max_size=8)
        path = strategies.tuples(*(parts for _ in route.param_convertors)).map(lambda found: _filled(route, found))
        method = strategies.sampled_from(sorted(route.methods or ()))
        who, signed = strategies.integers(0, 10_000), strategies.booleans()
        return strategies.builds(Asked, method, path, fields.map(tuple), pairs.map(tuple), who, signed)

    return strategies.sampled_from(_routes()).flatmap(request)


def _routes() -> list[APIRoute]:
    """Return every route of every zone that answers at once."""
    known = [route for routers in ZONES.values() for router in routers for route in router.routes]
    return [route for route in known if isinstance(route, APIRoute) and not route.path.endswith(STREAMS)]


def _fields(route: APIRoute) -> frozenset[str]:
    """Return the fields that a route's form may have: what kit.forms.fields was told."""
    found: set[str] = {"csrf"}
    for dependency in route.dependant.dependencies:
        for cell in getattr(dependency.call, "__closure__", None) or ():
            if isinstance(cell.cell_contents, frozenset):
                found |= cell.cell_contents
    return frozenset(found)


def _filled(route: APIRoute, parts: tuple[str, ...]) -> str:
    path = route.path_format
    for name, part in zip(route.param_convertors, parts, strict=True):
        path = path.replace("{" + name + "}", _quoted(part) or "-")
    return path


def _quoted(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))[:1500]


def _described(stage: Stage, options: Options, counted: dict[str, int]) -> None:
    """Let Schemathesis make requests from what /api says."""
    base = f"http://127.0.0.1:{stage.cluster.ports[0]}"
    for found in schemathesis.openapi.from_url(f"{base}/api").get_all_operations():
        operation: Any = cast("Any", found).ok()
        if operation.path.endswith(STREAMS):
            continue
        counted["described"] += 1

        @given_settings(options, 2, 200)
        @given(operation.as_strategy())
        def every(case: Any) -> None:
            counted["requests"] += 1
            answer = case.call(base_url=base, headers=_headers(stage, stage.made["visitors"][0]), allow_redirects=False)
            assert answer.status_code < 500, f"{case.method} {case.path}: {answer.status_code}"

        every()


async def _ask(stage: Stage, one: Asked) -> None:
    """Send one request as somebody who may or may not, and look at no more than the status."""
    rows = stage.made["team"] if one.path.startswith("/team") else stage.made["visitors"]
    row = rows[one.person % len(rows)]
    port = stage.cluster.ports[one.person % len(stage.cluster.ports)]
    pairs = [*one.fields, *([("csrf", row["csrf"])] if one.signed else [])]
    body = "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)
    query = "&".join(f"{name}={_quoted(value)[:300]}" for name, value in one.query)
    headers = _headers(stage, row) | {"Content-Type": "application/x-www-form-urlencoded"}
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.request(
            one.method, f"http://127.0.0.1:{port}{one.path}?{query}", headers=headers, content=body.encode()
        )
    assert answer.status_code < 500, f"{one.method} {one.path}: {answer.status_code}"


def _headers(stage: Stage, row: dict[str, str]) -> dict[str, str]:
    origin = stage.cluster.origin
    return {"Cookie": cookie_of(row), "Origin": origin, "Host": origin.removeprefix("http://"), "X-CSRF": row["csrf"]}
