"""Frames that no page of ours sends: each is answered by a known code or ends the connection by one, and no more."""

import asyncio
import json
from typing import Any, Final

import httpx
import websockets
from hypothesis import given, strategies
from hypothesis.strategies import SearchStrategy
from websockets.asyncio.client import ClientConnection, connect

from server.chat.frames import READERS
from tests.faults import bad_input
from tests.faults.fuzzing import apart, given_settings, harm, texts, values
from tests.faults.lines import cookie_of
from tests.faults.stage import Options, Report, Stage, open_stage, verdict

STORES = ("sqlite", "pg")
SHORT = ("sqlite",)
VISITORS = 40
CLOSES: Final = frozenset({1002, 1007, 1009, 4400, 4401, 4403, 4408, 4409, 4410, 4429})
CODES: Final = frozenset(
    {"ongeldig_bericht", "onbekend_type", "te_lang", "leeg", "verboden_tekens", "geen_toegang", "kamer_onbekend"}
    | {"kamer_vol", "te_snel", "sleutel_hergebruikt", "chat_gewijzigd", "verlopen", "niet_nu", "al_gemeld"}
)
FIELDS: Final = (
    "t", "ref", "room", "epoch", "last_seq", "client_id", "text", "reply_to", "gen", "id", "n", "kind", "after_seq",
    "before_seq", "limit", "v", "csrf", "tab", "resume", "rev", "category", "key",
)  # fmt: skip


def frames(stage: Stage) -> SearchStrategy[str | bytes]:
    """Return frames: half right ones with one wrong part, other JSON, text that is none, and bytes."""
    room = stage.rooms[0]
    good = strategies.sampled_from([room, "f" * 32, "00000000-0000-4000-8000-000000000001", 0, 1, "x", "leest"])
    kinds = strategies.sampled_from(sorted(READERS)) | texts()
    named = strategies.dictionaries(strategies.sampled_from(FIELDS), good | values(), max_size=8)
    built = strategies.builds(lambda kind, rest: json.dumps({"room": room} | rest | {"t": kind}), kinds, named)
    other = strategies.builds(json.dumps, values(3))
    cut = strategies.builds(lambda text, at: text[: at % (len(text) + 1)], built, strategies.integers(0, 400))
    known = strategies.sampled_from(_corpus()).map(lambda text: text.replace("ROOM", room))
    return built | other | cut | known | texts() | strategies.binary(max_size=80)


async def run(options: Options) -> Report:
    """Send them over the socket and by form, before hello and after it, and go on until nothing new is found."""
    async with open_stage(options, visitors=VISITORS, rooms=1) as stage:
        sent = {"connections": 0}
        drawn = strategies.lists(frames(stage), min_size=1, max_size=5)

        def fuzz(runner: asyncio.Runner) -> None:
            @given_settings(options, 150, 5000)
            @given(drawn, strategies.booleans())
            def every(batch: list[str | bytes], greeted: bool) -> None:
                sent["connections"] += 1
                runner.run(_one(stage, sent["connections"], batch, greeted))

            every()

        found = await apart(fuzz)
        report: Report = sent | {"found": found, "harm": harm(stage)} | await stage.measured()
        return verdict("fuzz_frames", options, report, nothing_found=not found, unharmed=not report["harm"])


async def _one(stage: Stage, nth: int, batch: list[str | bytes], greeted: bool) -> None:
    row = stage.made["visitors"][nth % VISITORS]
    port = stage.cluster.ports[nth % len(stage.cluster.ports)]
    try:
        async with asyncio.timeout(30), _socket(stage, row, port) as socket:
            if greeted:
                await _greet(stage, row, socket)
            for each in batch:
                await socket.send(each, text=True if isinstance(each, bytes) and nth % 2 else None)
            await _still_right(socket, greeted)
    except websockets.ConnectionClosed as gone:
        # Whoever is still writing when the server closes gets a reset, and the code may be lost with it.
        if gone.rcvd is not None and gone.rcvd.code not in CLOSES:
            raise AssertionError(f"closed with {gone.rcvd.code}") from None
    await _by_form(stage, row, port, batch[0])


def _socket(stage: Stage, row: dict[str, str], port: int) -> connect:
    address = stage.cluster.origin.replace("http", "ws", 1) + "/chat/v1/ws"
    return connect(
        address, host="127.0.0.1", port=port, origin=websockets.Origin(stage.cluster.origin), proxy=None,
        subprotocols=[websockets.Subprotocol("chat.v1")], additional_headers={"Cookie": cookie_of(row)},
        compression=None, close_timeout=1,
    )  # fmt: skip


async def _greet(stage: Stage, row: dict[str, str], socket: ClientConnection) -> None:
    await socket.send(json.dumps({"t": "hello", "v": 1, "csrf": row["csrf"], "tab": "proef", "resume": []}))
    await socket.send(json.dumps({"t": "join", "ref": "begin", "room": stage.rooms[0]}))


async def _still_right(socket: ClientConnection, greeted: bool) -> None:
    """Ask something right and read until it is answered; everything before it is known too. Before hello it closes."""
    await socket.send(json.dumps({"t": "join", "ref": "einde", "room": "f" * 32}))
    while True:
        frame: dict[str, Any] = json.loads(await socket.recv())
        if frame["t"] == "error":
            assert frame["code"] in CODES, frame
            assert frame["key"], frame
        if frame.get("ref") == "einde":
            assert greeted, "served before hello"
            return


async def _by_form(stage: Stage, row: dict[str, str], port: int, body: str | bytes) -> None:
    """Send the same as the body of a form of transport B."""
    origin = stage.cluster.origin
    headers = {
        "Cookie": cookie_of(row), "Origin": origin, "Host": origin.removeprefix("http://"), "X-CSRF": row["csrf"],
        "Content-Type": "application/json",
    }  # fmt: skip
    sent = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    async with httpx.AsyncClient(timeout=30) as client:
        answer = await client.post(f"http://127.0.0.1:{port}/chat/v1/frame", content=sent, headers=headers)
    assert answer.status_code < 500, f"status {answer.status_code}"


def _corpus() -> list[str]:
    """Return every frame of the table of bad input."""
    return bad_input.FRAMES
