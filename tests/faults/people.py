"""People who use forms instead of a socket: peer workers at the desk, moderators, visitors on a page."""

import re
import uuid
from typing import Any

import httpx

from tests.faults import stored
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
        async with httpx.AsyncClient(timeout=30, verify=False) as client:
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


class Moderator(Person):
    """Somebody who decides on cases."""

    async def hide(self, message_id: str) -> bool:
        """Pick up the case about a message and hide it. Returns whether that was done."""
        query = "SELECT id FROM moderation_case WHERE subject_id = ?"
        cases = await stored.rows(self.stage.cluster, query, message_id, store="hoofd")
        if not cases:
            return False
        home = f"/team/moderatie/{cases[0][0]}"
        await self.post(f"{home}/oppakken")
        shown = (await self.get(home)).text
        version = re.search(r'name="versie" value="(\d+)"', shown)
        chosen = re.search(r'name="reden_soort" value="(\w+)"', shown)
        if version is None or chosen is None:
            return False
        reason = {"reden_soort": chosen[1], "reden": "", "reden_was": ""}
        return (await self.post(f"{home}/besluit", besluit="hide", versie=version[1], **reason)).status_code == 303
