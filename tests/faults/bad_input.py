"""Everything of reliability-spec 7 that can be sent to a running server, and what it must answer.

Each case is one row of that table. Whatever is sent carries MARK: it may stand in no answer and in nothing the process
prints. No case may yield a 5xx, a traceback or an ended process.
"""

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.faults.server import Server
from tests.faults.stage import Options, Report, verdict

STORES: Final = ("sqlite",)
MARK: Final = "zonnebloem7391"
ANSWER_SECONDS: Final = 30
EPOCH: Final = "0" * 8
NOWHERE: Final = "f" * 32


@dataclass
class Bench:
    """A running server, people on it, and everything it answered.

    beside: the rows that wait until the server's patience ends; they were begun with the first one.
    """

    server: Server
    made: dict[str, Any]
    heard: list[bytes] = field(default_factory=list)
    read: int = 0
    beside: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    async def play(self, row: str) -> None:
        """Try one row, and see that nothing of it came back. Raises AssertionError and what sockets raise."""
        if row in self.beside:
            await self.beside[row]
        else:
            await CASES[row](self)
            nothing_repeated(self)

    @property
    def room(self) -> str:
        """Return the room where the first visitor is."""
        return str(self.made["rooms"][0]["id"])

    def visitor(self, number: int = 0) -> dict[str, str]:
        """Return cookie and csrf of one of the visitors."""
        found: dict[str, str] = self.made["visitors"][number]
        return found

    async def raw(self, sent: bytes, *, half: bytes = b"") -> bytes:
        """Send bytes on a connection of their own; return all that comes back until the server closes it."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            writer.write(sent + half)
            await writer.drain()
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await reader.read()
        except ConnectionResetError:
            answer = b""
        finally:
            writer.close()
        self.heard.append(answer)
        return answer

    async def ask(self, line: str, *headers: str, body: bytes = b"") -> bytes:
        """Send one request with these headers; return the whole answer."""
        lines = [f"{line} HTTP/1.1", f"Host: localhost:{self.server.port}", "Connection: close", *headers]
        return await self.raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    async def post(
        self, path: str, body: bytes, *headers: str, kind: str = "application/x-www-form-urlencoded"
    ) -> bytes:
        """Send a form as the first visitor's browser would."""
        own = (f"Origin: {self.server.origin}", f"Cookie: moi={self.visitor()['cookie']}", f"Content-Type: {kind}")
        return await self.ask(f"POST {path}", *own, f"Content-Length: {len(body)}", *headers, body=body)

    @asynccontextmanager
    async def chat(self, number: int = 0, *, join: bool = True, **more: Any) -> AsyncIterator["Chat"]:
        """Open a chat as one of the visitors, past hello and in the room."""
        async with self.upgrade(number, **more) as socket:
            chat = Chat(self, socket)
            await chat.say(t="hello", v=1, csrf=self.visitor(number)["csrf"], tab="proef", resume=[])
            assert (await chat.hear())["t"] == "welcome"
            if join:
                await chat.say(t="join", ref="j", room=self.room)
                assert (await chat.hear())["t"] == "ok"
            yield chat

    def upgrade(self, number: int = 0, **more: Any) -> connect:
        """Return a connection that says nothing yet."""
        cookie = {"Cookie": f"moi={more.pop('cookie', self.visitor(number)['cookie'])}"}
        wanted: dict[str, Any] = {
            "origin": self.server.origin, "subprotocols": ["chat.v1"], "compression": None, "proxy": None,
            "additional_headers": cookie | more.pop("headers", {}),
        }  # fmt: skip
        return connect(self.server.socket, **wanted | more)


@dataclass
class Chat:
    """One open connection."""

    bench: Bench
    socket: ClientConnection

    async def say(self, **frame: Any) -> None:
        """Send a frame."""
        await self.socket.send(json.dumps(frame))

    async def hear(self) -> dict[str, Any]:
        """Return the next frame that is no small talk."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                said = await self.socket.recv()
                self.bench.heard.append(said.encode() if isinstance(said, str) else said)
                frame: dict[str, Any] = json.loads(said)
                if frame["t"] not in ("ping", "presence"):
                    return frame

    async def closed(self) -> int:
        """Return the code the server closes with."""
        async with asyncio.timeout(ANSWER_SECONDS):
            try:
                while True:
                    self.bench.heard.append(str(await self.socket.recv()).encode())
            except websockets.ConnectionClosed as gone:
                return gone.rcvd.code if gone.rcvd else 1006

    async def send(self, text: str, client_id: str = "", room: str = "") -> dict[str, Any]:
        """Say something in the room and return the answer; the own message as event is left out."""
        client_id = client_id or str(uuid.uuid4())
        await self.say(t="send", ref="s", room=room or self.bench.room, client_id=client_id, text=text)
        while (answer := await self.hear())["t"] == "message":
            pass
        return answer


Case = Callable[[Bench], Awaitable[None]]
CASES: Final[dict[str, Case]] = {}
FRAMES: Final[list[str]] = []
"""The frames of the rows about frames and text, with ROOM and UUID to be filled in."""


def case(row: str) -> Callable[[Case], Case]:
    """Give a case the name of its row."""

    def keep(deed: Case) -> Case:
        assert row not in CASES, row
        CASES[row] = deed
        return deed

    return keep


def status(answer: bytes) -> int:
    """Return the HTTP status of an answer; 0 when the connection closed without one."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def _http(row: str, wanted: int, line: str, *headers: str) -> None:
    async def deed(bench: Bench) -> None:
        signed = [f"Cookie: moi={bench.visitor()['cookie']}"]
        answer = await bench.ask(line, *signed, *headers)
        assert status(answer) == wanted, answer[:100]

    case(row)(deed)


def _post(row: str, wanted: int, code: str, body: bytes, *headers: str, kind: str = "", path: str = "") -> None:
    async def deed(bench: Bench) -> None:
        to = path or f"/groepen/{next(iter(bench.made['rooms']))['id']}/berichten"
        filled = body.replace(b"CSRF", bench.visitor()["csrf"].encode())
        accept = () if not code else ("Accept: application/json",)
        answer = await bench.post(to, filled, *headers, *accept, kind=kind or "application/x-www-form-urlencoded")
        assert status(answer) == wanted, answer[:300]
        assert f'"code":"{code}"'.encode() in answer if code else True, answer[-500:]

    case(row)(deed)


def _frame(row: str, text: str, code: str, at: str | None = None) -> None:
    FRAMES.append(text)

    async def deed(bench: Bench) -> None:
        async with bench.chat() as chat:
            await chat.socket.send(text.replace("ROOM", bench.room).replace("UUID", str(uuid.uuid4())))
            answer = await chat.hear()
            assert (answer["t"], answer["code"], answer.get("field")) == ("error", code, at), answer
            assert answer["key"].startswith(("fout.", "chat.", "err."))
            assert (await chat.send("Nog steeds hier"))["t"] == "ack"

    case(row)(deed)


def _said(row: str, text: str, code: str) -> None:
    frame = json.dumps({"t": "send", "ref": "s", "room": "ROOM", "client_id": "UUID", "text": text})
    _frame(row, frame, code, "text")


# --- HTTP: what never reaches a zone ---------------------------------------------------------------------------------
_http("HTTP: header over 8 KiB", 431, "GET /", f"X-Lang: {MARK}{'x' * 9000}")
_http("HTTP: header over 32 KiB", 431, "GET /", f"X-Lang: {MARK}{'x' * 40_000}")
_http("HTTP: over 64 headers", 431, "GET /", *(f"X-{number}: {MARK}" for number in range(65)))
_http("HTTP: address over 2 KiB", 414, f"GET /?{MARK}={'x' * 2100}")
_http(
    "HTTP: Content-Length and Transfer-Encoding", 400, "POST /naar", "Content-Length: 5", "Transfer-Encoding: chunked"
)
_http("HTTP: two different Content-Lengths", 400, "POST /naar", "Content-Length: 5", "Content-Length: 6")
_http("HTTP: NUL in a header", 400, "GET /", f"X-Nul: a\0{MARK}")
_http("HTTP: no known method", 400, f"{MARK.upper()} /")
_http("HTTP: a method no page has", 405, "OPTIONS /")
for _name, _path in {
    "dots": f"/tips/../../{MARK}",
    "encoded dots": f"/tips/%2e%2e/%2e%2e/{MARK}",
    "encoded slash": f"/tips/..%2f..%2f{MARK}",
    "dots in assets": f"/assets/../../{MARK}",
    "encoded slash in assets": f"/assets/..%2f..%2f{MARK}",
    "NUL": f"/groepen/%00{MARK}",
    "bytes that are no UTF-8": f"/groepen/%ff%fe{MARK}",
    "overlong number as group": "/groepen/" + "9" * 300,
    "overlong number as tip": "/tips/" + "9" * 300,
    "overlong number as topic": "/forum/" + "9" * 300,
    "overlong number as place": "/sociale-kaart/" + "9" * 300,
    "unknown page": f"/{MARK}",
    "two slashes": f"//{MARK}/",
}.items():
    _http(f"path: {_name}", 404, f"GET {_path}")
_http("query: overlong number as page", 404, f"GET /forum?p={'9' * 300}")
_http("query: negative page", 404, "GET /forum?p=-1")
_http("query: overlong number, words that were not sealed", 200, f"GET /forum?c={'9' * 300}&z={MARK}")
_http("query: bytes that are no UTF-8", 200, "GET /forum?z=%ff%00&c=%00")

# --- HTTP: writing ---------------------------------------------------------------------------------------------------
_post("write: csrf missing", 403, "csrf", f"text={MARK}".encode())
_post("write: csrf wrong", 403, "csrf", f"csrf=nee&text={MARK}".encode())
_post("write: csrf no ASCII", 403, "csrf", f"csrf=%C3%A9&text={MARK}".encode())
_post("write: JSON", 403, "csrf", json.dumps({"text": MARK}).encode(), kind="application/json")
_post(
    "write: JSON where no csrf is needed", 415, "verkeerd_type", b"{}", kind="application/json", path="/begin/leeftijd"
)
_post(
    "write: upload", 415, "verkeerd_type", MARK.encode(), kind="multipart/form-data; boundary=x", path="/begin/leeftijd"
)
_post("write: compressed", 415, "verkeerd_type", b"\x1f\x8b", "Content-Encoding: gzip", path="/begin/leeftijd")
_post("write: over 64 KiB", 413, "te_groot", f"csrf=CSRF&text={MARK}".encode() + b"x" * 70_000)
_post("write: unknown field", 422, "onbekend_veld", f"csrf=CSRF&{MARK}=1".encode())
_post("write: over 64 fields", 422, "ongeldig_bericht", b"&".join(b"a=%d" % number for number in range(70)))
_post("write: bytes that are no UTF-8", 400, "ongeldig_bericht", b"csrf=CSRF&text=" + b"\xff\xfe")
_post("write: escapes that are no UTF-8", 400, "ongeldig_bericht", b"csrf=CSRF&text=%ff%fe", path="/begin/leeftijd")


def _search(row: str, words: str) -> None:
    async def deed(bench: Bench) -> None:
        for path, own in (("/forum", {"csrf": bench.visitor()["csrf"]}), ("/hulp-in-de-buurt", {})):
            answer = await bench.post(path, urlencode(own | {"woorden": words}).encode())
            assert status(answer) == 303, answer[:100]
            to = re.search(rb"location: ([^\r#]+)", answer)
            assert to is not None
            found = await bench.ask(f"GET {to[1].decode()}", f"Cookie: moi={bench.visitor()['cookie']}")
            assert status(found) == 200, found[:100]

    case(row)(deed)


_search("search: operators", f'"{MARK}" OR 1=1; DROP TABLE post; -- NEAR(a b) ^x:y* {{}} () \\')
_search("search: only wildcards", "***%%__??")
_search("search: over 200 characters", MARK + " woord" * 2000)
_search("search: nothing", "")
_search("search: NUL and controls", f"{MARK}\0\x1b\u202e")


@case("write: another site")
async def _foreign(bench: Bench) -> None:
    for origin in ("Origin: https://elders.example", "Origin: null", "X-Geen: 1"):
        answer = await bench.ask("POST /begin/leeftijd", origin, "Content-Length: 0", "Accept: application/json")
        assert status(answer) == 403
        assert b'"code":"csrf"' in answer


@case("write: another host")
async def _host(bench: Bench) -> None:
    lines = f"POST /begin/leeftijd HTTP/1.1\r\nHost: {MARK}.example\r\nOrigin: {bench.server.origin}\r\n"
    answer = await bench.raw((lines + "Connection: close\r\nContent-Length: 0\r\n\r\n").encode())
    assert status(answer) == 403


@case("write: visit over or made up")
async def _no_visit(bench: Bench) -> None:
    kind = "Content-Type: application/x-www-form-urlencoded"
    for cookie in ("", MARK, "x" * 5000, "%00", "é"):
        answer = await bench.ask(
            "POST /forum", f"Origin: {bench.server.origin}", f"Cookie: moi={cookie}", kind, "Content-Length: 0",
            "Accept: application/json",
        )  # fmt: skip
        assert status(answer) == 403
        assert b'"code":"verlopen"' in answer


@case("slow header: closed after 10 s")
async def _slow_header(bench: Bench) -> None:
    started = asyncio.get_running_loop().time()
    half = f"GET / HTTP/1.1\r\nX-{MARK}: ".encode()
    assert not any(await asyncio.gather(bench.raw(half), bench.raw(b""), bench.raw(b"\r\n")))
    assert 9 < asyncio.get_running_loop().time() - started < 16


@case("slow body: closed after 20 s")
async def _slow_body(bench: Bench) -> None:
    started = asyncio.get_running_loop().time()
    lines = f"POST /begin/leeftijd HTTP/1.1\r\nHost: localhost:{bench.server.port}\r\nOrigin: {bench.server.origin}\r\n"
    kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 50\r\n\r\n"
    assert status(await bench.raw((lines + kind).encode(), half=MARK.encode())) in (0, 400)
    assert 19 < asyncio.get_running_loop().time() - started < 27


# --- WebSocket: before the upgrade -----------------------------------------------------------------------------------
@case("upgrade: another, no or a false origin, another host")
async def _upgrade(bench: Bench) -> None:
    wrong: list[dict[str, Any]] = [
        {"origin": "https://elders.example"}, {"origin": None}, {"origin": "null"}, {"host": "elders.example"},
    ]  # fmt: skip
    for how in wrong:
        cookie = f"Cookie: moi={bench.visitor()['cookie']}"
        origin = how.get("origin", bench.server.origin)
        lines = [
            "GET /chat/v1/ws HTTP/1.1", f"Host: {how.get('host', f'localhost:{bench.server.port}')}",
            "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: chat.v1", cookie,
            *([f"Origin: {origin}"] if origin else []), "", "",
        ]  # fmt: skip
        assert status(await bench.raw("\r\n".join(lines).encode())) == 403, how


@case("upgrade: header too large or no handshake at all")
async def _upgrade_large(bench: Bench) -> None:
    upgrade = ("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13")
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    for headers in ((f"X-{MARK}: {'x' * 9000}",), tuple(f"X-{number}: 1" for number in range(200))):
        lines = [
            "GET /chat/v1/ws HTTP/1.1", f"Host: localhost:{bench.server.port}", f"Origin: {bench.server.origin}",
            *upgrade, key, *headers, "", "",
        ]  # fmt: skip
        assert status(await bench.raw("\r\n".join(lines).encode())) in (400, 403, 431)
    lines = ["GET /chat/v1/ws HTTP/1.1", f"Host: localhost:{bench.server.port}", *upgrade, "", ""]
    assert status(await bench.raw("\r\n".join(lines).encode())) == 400


@case("compression: declined")
async def _deflate(bench: Bench) -> None:
    async with bench.chat(compression="deflate") as chat:
        assert not chat.socket.protocol.extensions
        assert (await chat.send("Zonder verpakking"))["t"] == "ack"


@case("compression: a compressed frame")
async def _compressed(bench: Bench) -> None:
    async with bench.chat() as chat:
        chat.socket.transport.write(b"\xc1\x85\0\0\0\0hallo")  # the bit that says: compressed
        assert await chat.closed() == 1002


# --- WebSocket: the visit --------------------------------------------------------------------------------------------
@case("visit: missing or made up")
async def _visit(bench: Bench) -> None:
    for cookie in ("", MARK, "x" * 200):
        async with bench.upgrade(cookie=cookie) as socket:
            assert await Chat(bench, socket).closed() == 4401


@case("visit: csrf wrong")
async def _csrf(bench: Bench) -> None:
    for csrf in ("", MARK, "é", bench.visitor(1)["csrf"]):
        async with bench.upgrade() as socket:
            chat = Chat(bench, socket)
            await chat.say(t="hello", v=1, csrf=csrf, tab="proef", resume=[])
            assert await chat.closed() in (4401, 4400)


@case("visit: ended while connected")
async def _ended(bench: Bench) -> None:
    last = len(bench.made["visitors"]) - 1
    gone = bench.visitor(last)
    async with bench.chat(last) as chat:
        started = asyncio.get_running_loop().time()
        kind = "Content-Type: application/x-www-form-urlencoded"
        body = f"csrf={gone['csrf']}".encode()
        answer = await bench.ask(
            "POST /weg", f"Origin: {bench.server.origin}", f"Cookie: moi={gone['cookie']}", kind,
            f"Content-Length: {len(body)}", body=body,
        )  # fmt: skip
        assert status(answer) == 204, answer[:200]
        assert await chat.closed() == 4401
        assert asyncio.get_running_loop().time() - started < 5


# --- WebSocket: frames -----------------------------------------------------------------------------------------------
@case("frame: no UTF-8")
async def _no_utf8(bench: Bench) -> None:
    async with bench.chat() as chat:
        await chat.socket.send(b"\xff\xfe" + MARK.encode(), text=True)
        assert await chat.closed() == 1007


@case("frame: over 16 KiB")
async def _large(bench: Bench) -> None:
    for sent in (MARK + "x" * 16_400, (MARK + "x" * 16_400).encode()):
        async with bench.chat() as chat:
            await chat.socket.send(sent)
            assert await chat.closed() == 1009


@case("frame: over 16 KiB in pieces")
async def _pieces(bench: Bench) -> None:
    async with bench.chat() as chat:
        await chat.socket.send([MARK + "x" * 6000] * 3)  # the last one is too much: nothing is under way at the refusal
        assert await chat.closed() == 1009


@case("frame: binary")
async def _binary(bench: Bench) -> None:
    async with bench.chat() as chat:
        await chat.socket.send(json.dumps({"t": "pong", "n": 1}).encode())
        assert (await chat.hear())["code"] == "ongeldig_bericht"
        assert (await chat.send("Nog hier"))["t"] == "ack"


@case("frame: before hello, no JSON at hello, a second hello")
async def _hello(bench: Bench) -> None:
    for text in ('{"t":"pong","n":1}', MARK, "[]", '{"t":"hello"}', '{"t":"hello","v":1}'):
        async with bench.upgrade() as socket:
            await socket.send(text)
            assert await Chat(bench, socket).closed() == 4400, text
    async with bench.chat() as chat:
        await chat.say(t="hello", v=1, csrf=bench.visitor()["csrf"], tab="proef", resume=[])
        assert await chat.closed() == 4400


@case("frame: ten bad ones in a minute")
async def _ten(bench: Bench) -> None:
    async with bench.chat() as chat:
        for _ in range(10):
            await chat.socket.send(MARK)
        assert await chat.closed() == 4400


_frame("frame: no JSON", MARK, "ongeldig_bericht")
_frame("frame: no object", f'["{MARK}"]', "ongeldig_bericht")
_frame("frame: deep", '{"t":"pong","n":1,"x":' + "[" * 5000 + "]" * 5000 + "}", "ongeldig_bericht")
_frame("frame: nine deep", '{"t":"pong","n":1,"x":' + '{"x":' * 9 + "1" + "}" * 10, "ongeldig_bericht")
_frame("frame: 65 keys", json.dumps({f"k{number}": MARK for number in range(65)}), "ongeldig_bericht")
_frame("frame: a key twice", '{"t":"pong","n":1,"n":2}', "ongeldig_bericht")
_frame("frame: NaN", '{"t":"pong","n":NaN}', "ongeldig_bericht")
_frame("frame: infinity", '{"t":"pong","n":-Infinity}', "ongeldig_bericht")
_frame("frame: over 2^53", '{"t":"pong","n":9007199254740993}', "ongeldig_bericht")
_frame("frame: 5,000 digits", '{"t":"pong","n":' + "9" * 5000 + "}", "ongeldig_bericht")
_frame("frame: unknown kind", f'{{"t":"{MARK}"}}', "onbekend_type", "t")
_frame("frame: no kind", f'{{"x":"{MARK}"}}', "onbekend_type", "t")
_frame("frame: wrong kind of value", '{"t":"pong","n":"een"}', "ongeldig_bericht", "n")
_frame("frame: value missing", '{"t":"send","ref":"s","room":"ROOM","client_id":"UUID"}', "ongeldig_bericht", "text")
_frame(
    "frame: no client_id",
    '{"t":"send","ref":"s","room":"ROOM","client_id":"1","text":"x"}',
    "ongeldig_bericht",
    "client_id",
)
_frame("frame: no room", '{"t":"join","ref":"j","room":"../../x"}', "ongeldig_bericht", "room")

# --- text ------------------------------------------------------------------------------------------------------------
_said("text: NUL", f"{MARK}\0", "verboden_tekens")
_said("text: C0 control", f"{MARK}\x1b[2J", "verboden_tekens")
_said("text: C1 control", f"{MARK}\x85", "verboden_tekens")
_said("text: delete", f"{MARK}\x7f", "verboden_tekens")
_said("text: lone surrogate", f"{MARK}\ud800", "verboden_tekens")
_said("text: bidi override", f"{MARK}\u202egnod", "verboden_tekens")
_said("text: bidi isolate", f"{MARK}\u2066x\u2069", "verboden_tekens")
_said("text: stacked marks", MARK + "a" + "\u0335" * 6, "verboden_tekens")
_said("text: 21 newlines", MARK + "\n" * 21 + "x", "verboden_tekens")
_said("text: nothing", "", "leeg")
_said("text: only zero-width", "\u200b\u2060\ufeff\u200d\u200c ", "leeg")
_said("text: 2,001 characters", (MARK + " ") * 200, "te_lang")


@case("text: zero-width is taken out")
async def _zero_width(bench: Bench) -> None:
    async with bench.chat(1) as chat:
        wanted = str(uuid.uuid4())
        await chat.say(t="send", ref="s", room=bench.room, client_id=wanted, text="hal\u200blo \u200bdaar")
        while (answer := await chat.hear()).get("client_id") != wanted or answer["t"] != "message":
            assert answer["t"] in ("ack", "message"), answer
        assert answer["text"] == "hallo daar"


# --- send, resume, backfill ------------------------------------------------------------------------------------------
@case("send: room not joined, unknown, or somebody else's talk")
async def _rooms(bench: Bench) -> None:
    talk = bench.made["waiting"][0]["talk"]
    async with bench.chat(join=False) as chat:
        said = [await chat.send(MARK, room=room) for room in (bench.room, NOWHERE, talk)]
        assert {answer["code"] for answer in said} == {"geen_toegang"}
        assert len({answer["key"] for answer in said}) == 1
        for room in (NOWHERE, talk):
            await chat.say(t="join", ref="j", room=room)
            refused = await chat.hear()
            assert (refused["t"], refused["key"]) == ("error", "fout.geen_toegang"), refused


@case("send: client_id used again")
async def _again(bench: Bench) -> None:
    async with bench.chat() as chat:
        wanted = str(uuid.uuid4())
        first = await chat.send("Een keer", wanted)
        again = await chat.send("Een keer", wanted)
        assert (again["t"], again["id"], again["dup"]) == ("ack", first["id"], True)
        assert (await chat.send(f"Anders {MARK}", wanted))["code"] == "sleutel_hergebruikt"
    async with bench.chat(1) as chat:
        assert (await chat.send("Een keer", wanted))["code"] == "sleutel_hergebruikt"


@case("resume: foreign epoch, negative, from the future, over ten rooms")
async def _resume(bench: Bench) -> None:
    async with bench.chat(join=False) as chat:
        await chat.say(t="join", ref="j", room=bench.room)
        epoch = (await chat.hear())["epoch"]
    for known, seq in ((EPOCH, 0), (epoch, -1), (epoch, 2**40)):
        async with bench.upgrade() as socket:
            chat = Chat(bench, socket)
            position = {"room": bench.room, "epoch": known, "last_seq": seq}
            await chat.say(t="hello", v=1, csrf=bench.visitor()["csrf"], tab="proef", resume=[position])
            assert (await chat.hear())["t"] == "welcome"
            assert (await chat.hear())["t"] == "resync"
    async with bench.upgrade() as socket:
        chat = Chat(bench, socket)
        places = [{"room": NOWHERE, "epoch": EPOCH, "last_seq": 0}] * 11
        await chat.say(t="hello", v=1, csrf=bench.visitor()["csrf"], tab="proef", resume=places)
        assert await chat.closed() == 4400


@case("backfill: foreign epoch, negative, huge, both or no ends")
async def _backfill(bench: Bench) -> None:
    async with bench.chat(join=False) as chat:
        await chat.say(t="join", ref="j", room=bench.room)
        epoch = (await chat.hear())["epoch"]
        asked: dict[str, Any] = {"t": "backfill", "ref": "b", "room": bench.room, "epoch": epoch}
        for more, wanted in (
            ({"epoch": EPOCH, "after_seq": 0}, "verlopen"),
            ({"after_seq": -1}, "ongeldig_bericht"),
            ({"after_seq": 2**60}, "ongeldig_bericht"),
            ({"after_seq": 1, "before_seq": 1}, "ongeldig_bericht"),
            ({}, "ongeldig_bericht"),
            ({"after_seq": 0, "limit": 10**6}, "ongeldig_bericht"),
        ):
            await chat.say(**asked | more)
            assert (await chat.hear())["code"] == wanted, more
        await chat.say(**asked | {"after_seq": 2**52})
        assert (await chat.hear())["events"] == []


async def run(options: Options) -> Report:
    """Run every case against one server. Returns how many there were and which failed."""
    failed = []
    async with opened() as bench:
        for row in CASES:
            try:
                await bench.play(row)
            except (AssertionError, TimeoutError, websockets.WebSocketException) as error:
                failed.append(f"{row}: {type(error).__name__}")
    return verdict("bad_input", options, {"cases": len(CASES), "failed": failed}, none_failed=not failed)


@asynccontextmanager
async def opened() -> AsyncIterator[Bench]:
    """Start a server with a few people on it."""
    async with Server() as server:
        made = server.seed(visitors=3, rooms=1, waiting=1)
        await server.start()
        bench = Bench(server, made)
        slow = [row for row in CASES if row.startswith("slow ")]
        bench.beside = {row: asyncio.create_task(Bench(server, made).play(row)) for row in slow}
        yield bench
        await asyncio.gather(*bench.beside.values(), return_exceptions=True)


def nothing_repeated(bench: Bench) -> None:
    """Raise AssertionError when the mark came back, the server broke, or it printed an error since the last look."""
    heard, bench.heard = bench.heard, []
    printed = bench.server.log.read_text()[bench.read :].lower()
    bench.read += len(printed)
    # Not counted: a field that keeps what was typed in it, and the switch of language, which leads to where one is.
    said = [re.sub(rb'(?:href|value)="[^"]*"', b"", answer.lower()) for answer in heard]
    assert not [answer for answer in said if MARK.encode() in answer], "repeated in an answer"
    assert not [answer for answer in heard if answer.startswith(b"HTTP/1.1 5")]
    assert bench.server.process is not None
    assert bench.server.process.poll() is None
    assert MARK not in printed
    assert "traceback" not in printed
    assert '"level": "error"' not in printed, printed
