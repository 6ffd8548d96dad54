"""What we promised about logs, stores, cookies and headers, held against the code."""

import ast
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from server.app import Moi
from server.kit.log import Event
from server.kit.runtime import Runtime
from server.migrations.tables import METADATA
from tests.team.cast import app_of
from web.headers import PERMISSIONS

ROOT = Path(__file__).resolve().parents[2]
LOG = ROOT / "server/kit/log.py"
# Where a person at a terminal is answered; none of it runs inside a request.
COMMAND_LINE = {
    "server/__main__.py",
    "server/start.py",
    "server/stats/command.py",
    "server/upkeep/command.py",
    "server/migrations/revise.py",
    "moderation/__main__.py",
}
BUILDING = {"web/build.py", "web/collect.py", "web/packages.py"}
PRINTING = re.compile(r"^(?:print|pprint|sys\.(?:stdout|stderr)\..*|warnings\.warn|traceback\.print_\w+)$")
HEADERS = {
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": PERMISSIONS,
    "cache-control": "no-store",
}


def modules() -> list[Path]:
    """Return every module of the product."""
    return [path for package in ("server", "web", "moderation") for path in sorted((ROOT / package).rglob("*.py"))]


def name_of(path: Path) -> str:
    """Return a path as git writes it."""
    return str(path.relative_to(ROOT))


def calls(path: Path) -> Iterator[ast.Call]:
    """Yield every call in a module."""
    yield from (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


@pytest.mark.parametrize("path", [pytest.param(path, id=name_of(path)) for path in modules()])
def test_only_one_module_writes_lines(path: Path) -> None:
    """No print and no logging but in kit/log.py, the command line and the build."""
    if path == LOG or name_of(path) in COMMAND_LINE | BUILDING:
        return
    tree = ast.parse(path.read_text("utf-8"))
    taken = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    taken |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not taken & {"logging", "syslog", "structlog", "loguru"}
    assert not [ast.unparse(call) for call in calls(path) if PRINTING.match(ast.unparse(call.func))]


def log_calls() -> Iterator[tuple[str, ast.Call]]:
    """Yield every call of log()."""
    for path in modules():
        ours = "from server.kit.log import" in path.read_text("utf-8")
        for call in calls(path):
            if ours and isinstance(call.func, ast.Name) and call.func.id == "log":
                yield f"{name_of(path)}:{call.lineno}", call


def test_log_takes_no_free_text() -> None:
    """An event of the list, a component of the list, a fixed level; code and error are ours, never a made-up text."""
    found = dict(log_calls())
    assert found
    for where, call in found.items():
        named = {word.arg: word.value for word in call.keywords}
        assert [ast.unparse(value).split(".")[0] for value in call.args] == ["Event"], where
        assert set(named) <= {"component", "level", "code", "error"}, where
        assert ast.unparse(named["component"]).startswith("Component."), where
        assert isinstance(named.get("level", ast.Constant("info")), ast.Constant), where
        assert isinstance(named.get("error", ast.Name("e")), ast.Name), where
        code = named.get("code", ast.Constant(""))
        plain = isinstance(code, ast.Constant) or re.fullmatch(r"\w+(?:\.\w+)*\.(?:name|code|value)", ast.unparse(code))
        assert plain, f"{where}: {ast.unparse(code)} is no code of ours"


def test_events_are_words() -> None:
    """Nothing to fill in."""
    assert all(re.fullmatch("[a-z_]+", event.value) for event in Event)


def test_every_table_has_a_period() -> None:
    """docs/retention.md has one line for each table, and none for a table that is gone."""
    lines = re.findall(r"^\| (\w+) \| `(\w+)` \| .+ \| (.+) \|$", (ROOT / "docs/retention.md").read_text("utf-8"), re.M)
    real = {(store, table.name) for store, all_ in METADATA.items() for part in all_ for table in part.sorted_tables}
    assert {(store, table) for store, table, _ in lines} == real
    assert len(lines) == len(real)
    assert all(period.strip() for _, _, period in lines)


def test_every_layer_that_could_log_is_listed() -> None:
    """docs/log-inventory.md."""
    text = (ROOT / "docs/log-inventory.md").read_text("utf-8")
    layers = ("proxy", "server", "application", "jobs", "metrics", "PostgreSQL", "Redis", "audit", "moderation")
    assert not [layer for layer in layers if f"\n| {layer}" not in text]


def store_of(node: ast.expr) -> str | None:
    """Return the store whose transaction a `with` opens: "rt.stores.hoofd", or None."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    return ast.unparse(node.func.value) if node.func.attr in ("transaction", "reading") else None


def nested(node: ast.AST, outer: str | None = None) -> Iterator[str]:
    """Yield each place where a transaction is opened inside another one."""
    inside = outer
    if isinstance(node, ast.AsyncWith):
        for item in node.items:
            if (store := store_of(item.context_expr)) is not None:
                if inside is not None:
                    yield f"line {node.lineno}: {store} inside {inside}"
                inside = store
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        inside = None  # runs later
    for child in ast.iter_child_nodes(node):
        yield from nested(child, inside)


@pytest.mark.parametrize("path", [pytest.param(path, id=name_of(path)) for path in modules()])
def test_no_transaction_spans_two_stores(path: Path) -> None:
    """Nor two of the same store: who waits for a second connection with the first one open can wait for ever."""
    assert list(nested(ast.parse(path.read_text("utf-8")))) == []


def test_the_nesting_test_sees_nesting() -> None:
    """Otherwise it would pass on anything."""
    inner = "async def f():\n async with rt.stores.a.reading() as x:\n  async with rt.stores.b.transaction() as y: pass"
    assert list(nested(ast.parse(inner)))


def test_visitor_cookie_has_no_end() -> None:
    """It goes with the browser; only taking it away sets an end, which has passed."""
    set_ = [call for call in calls(ROOT / "server/visitors/guards.py") if ast.unparse(call.func).endswith("set_cookie")]
    ends = [{word.arg: ast.unparse(word.value) for word in call.keywords} for call in set_]
    assert [end.get("max_age") for end in ends] == [None, "0"]
    assert not [end for end in ends if "expires" in end]
    assert all(end["httponly"] == "True" and end["samesite"] == "'strict'" for end in ends)


@pytest.fixture
async def client(rt: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who has never been here."""
    app: Moi = app_of(rt)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=rt.settings.public_url) as made:
        yield made


@pytest.mark.parametrize(
    ("wanted", "method", "path", "headers"),
    [
        (200, "GET", "/", {}),
        (200, "GET", "/nood", {}),
        (200, "GET", "/en/nood", {}),
        (200, "GET", "/afspraak", {}),
        (200, "GET", "/begin", {}),
        (200, "GET", "/robots.txt", {}),
        (303, "GET", "/forum", {}),
        (303, "GET", "/weg", {}),
        (200, "GET", "/team", {}),
        (403, "POST", "/begin/leeftijd", {"origin": "https://elders.example"}),
        (403, "POST", "/team/inloggen", {"origin": "https://elders.example"}),
        (404, "GET", "/bestaat-niet", {}),
        (404, "GET", "/team/bestaat-niet", {}),
        (404, "GET", "/afspraak/bestaat-niet", {}),
        (404, "GET", "/bestaat-niet", {"accept": "application/json"}),
        (405, "DELETE", "/begin", {"origin": "OWN"}),
        (413, "POST", "/begin/leeftijd", {"origin": "OWN", "x-size": "70000"}),
        (414, "GET", "/?" + "x" * 2100, {}),
        (415, "POST", "/begin/leeftijd", {"origin": "OWN", "content-type": "application/json"}),
        (422, "POST", "/begin/leeftijd", {"origin": "OWN"}),
        (431, "GET", "/", {"x-long": "x" * 9000}),
    ],
)
async def test_every_kind_of_answer_has_the_headers(
    rt: Runtime, client: httpx.AsyncClient, wanted: int, method: str, path: str, headers: dict[str, str]
) -> None:
    """Pages, redirects and every refusal alike (privacy 7.1 to 7.3)."""
    sent = {"content-type": "application/x-www-form-urlencoded"} | headers
    if sent.get("origin") == "OWN":
        sent["origin"] = rt.settings.public_url
    answer = await client.request(method, path, headers=sent, content=b"x" * int(sent.pop("x-size", "0")))
    assert answer.status_code == wanted
    check_headers(answer)


async def test_a_fault_of_ours_has_the_headers_too(
    rt: Runtime, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """500: the page with the help lines, and one line in the log without what was sent."""

    async def broken(*_: object) -> None:
        raise RuntimeError("zonnebloem7391")

    monkeypatch.setattr(app_of(rt), "_zones", {"visitor": broken, "booking": broken, "team": broken})
    answer = await client.get("/begin?zonnebloem7391")
    assert answer.status_code == 500
    check_headers(answer)
    printed = "".join(capfd.readouterr())
    assert "RuntimeError" in printed
    assert "zonnebloem7391" not in printed + re.sub(r'href="[^"]*"', "", answer.text)


def check_headers(answer: httpx.Response) -> None:
    """Raise AssertionError when a security header is missing or other than agreed."""
    for name, value in HEADERS.items():
        assert answer.headers.get(name) == value, name
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not {"server", "x-powered-by", "etag", "last-modified", "content-encoding"} & set(answer.headers)
