"""People who use forms instead of a socket: peer workers at the desk, moderators, visitors on a page."""

import uuid
from typing import Any

import httpx

from tests.faults.lines import cookie_of
from tests.faults.stage import Stage


class Person:
    """A browser without script: the cookie and the csrf value of one row of the test data, and a process to talk to."""

    def __init__(self, stage: Stage, row: dict[str, str], app: int = 0) -> None:
        """app: the process that answers."""
        self.stage, self.row, self.app = stage, row, app

    def headers(self) -> dict[str, str]:
        """Return what a browser sends along."""
        origin = self.stage.cluster.origin
        return {"Cookie": cookie_of(self.row), "Origin": origin, "Host": origin.removeprefix("http://")}

    async def get(self, path: str) -> httpx.Response:
        """Fetch a page. Raises httpx.TransportError."""
        return await self._ask("GET", path)

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form. Raises httpx.TransportError."""
        return await self._ask("POST", path, data={"csrf": self.row["csrf"]} | fields)

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        port = self.stage.cluster.ports[self.app % len(self.stage.cluster.ports)]
        async with httpx.AsyncClient(timeout=30) as client:
            return await client.request(method, f"http://127.0.0.1:{port}{path}", headers=self.headers(), **more)


class Helper(Person):
    """A peer worker at the desk."""

    def __init__(self, stage: Stage, number: int, app: int = 0) -> None:
        """number: which of the seeded team."""
        super().__init__(stage, stage.made["team"][number], app)

    async def claim(self) -> str | None:
        """Take whoever waits longest. Returns the talk, None when nobody waits or both hands are full."""
        answer = await self.post("/team/balie/volgende")
        return answer.headers["location"].rsplit("/", 1)[1] if answer.status_code == 303 else None

    async def say(self, talk: str, text: str) -> int:
        """Say something in a talk. Returns the HTTP status: 303 when it is placed."""
        return (await self.post(f"/team/balie/{talk}/berichten", client_id=str(uuid.uuid4()), text=text)).status_code


def seeded_waiting(stage: Stage) -> list[dict[str, str]]:
    """Return the rows of those who wait: cookie, csrf and talk."""
    rows: list[dict[str, str]] = stage.made["waiting"]
    return rows
