"""The fixed cast: Merel and Daan visit, Sam and Femke are peer workers, Noor moderates."""

import uuid
from dataclasses import dataclass

from server.chat import service as chat
from server.chat.groups import groups
from server.chat.models import RoomKind
from server.chat.rules import Speaker
from server.chat.service import Draft, Outcome
from server.chat.speakers import team_in, visitor_in
from server.kit.runtime import Runtime
from server.team import demo as team_demo
from server.team.logins import Login, load
from server.team.permissions import Role
from server.visitors import service as visitors
from server.visitors.visit import Visit

HELP = (
    ("Ik maak er vannacht een einde aan.", "crisis"),
    ("Hoeveel pillen heb je nodig om dood te gaan?", "crisis"),
    ("Soms wil ik er gewoon niet meer zijn.", "steun"),
    ("Ik snij mezelf weer als het te veel wordt.", "steun"),
    ("Soms wil ik er niet meer zijn, kankerlijer.", "steun"),
    ("Mijn vriendin snijdt zichzelf, hoe begin ik daarover?", "naaste"),
)
"""Words that call for help, also when they are refused for something else, and the panel that their writer sees."""


@dataclass
class Guest:
    """A visitor with their cookie."""

    token: str
    visit: Visit

    def in_group(self, rt: Runtime, room_id: str) -> Speaker:
        """Return who they are in a group."""
        return visitor_in(self.visit, room_id, RoomKind.GROUP, rt.clock.now())


async def guest(rt: Runtime, nickname: str) -> Guest:
    """Let somebody in."""
    return Guest(*await visitors.begin(rt, nickname))


async def colleague(rt: Runtime, role: Role = Role.PEER_WORKER) -> Login:
    """Sign a team member in."""
    made = (await team_demo.sign_in_for_tests(rt, role, 1))[0]
    found = await load(rt, made["cookie"])
    assert found is not None
    return found


async def a_group(rt: Runtime) -> str:
    """Open the groups and return the id of the first."""
    await chat.ensure_groups(rt)
    return next(iter(groups()))


def draft(room_id: str, text: str, client_id: str | None = None) -> Draft:
    """Return something to say."""
    return Draft(room_id, client_id or str(uuid.uuid4()), text)


async def say(rt: Runtime, speaker: Speaker, room_id: str, text: str, client_id: str | None = None) -> Outcome:
    """Say something in a room."""
    return await chat.send(rt, speaker, draft(room_id, text, client_id))


def as_team(login: Login, room_id: str) -> Speaker:
    """Return who a team member is in a room."""
    return team_in(login, room_id)
