"""Cases for tests: a message in a group that was held, or one that everybody saw and somebody reported."""

from uuid import uuid4

from sqlmodel import select

from moderation import Case, Decision, Verdict
from server.chat import service as chat
from server.chat.groups import groups
from server.chat.models import Message, MessageState, Room, RoomKind
from server.chat.rules import Speaker
from server.chat.service import Draft
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from server.team import demo, logins
from server.team.logins import Login
from server.team.permissions import Role

TEXT = "Een zin die alleen in deze test staat."


async def moderator(rt: Runtime, role: Role = Role.MODERATOR) -> Login:
    """Return a new team member who is signed in."""
    (made,) = await demo.sign_in_for_tests(rt, role, 1)
    login = await logins.load(rt, made["cookie"])
    assert login is not None
    return login


def writer(name: str = "Stille Wilg") -> Speaker:
    """Return somebody who writes in groups."""
    key = new_id()
    return Speaker(key, frozenset({key}), name, None, newcomer=False, limit=key, reporter_key=key, sign_key=key)


async def huiskamer(rt: Runtime) -> str:
    """Return the id of an open group."""
    await chat.ensure_groups(rt)
    return next(group_id for group_id, group in groups().items() if group.slug == "huiskamer")


async def said(rt: Runtime, speaker: Speaker | None = None, text: str = TEXT, room: str = "") -> Message:
    """Let somebody say something that is placed."""
    room = room or await huiskamer(rt)
    outcome = await chat.send(rt, speaker or writer(), Draft(room, str(uuid4()), text))
    return await message(rt, outcome.id)


async def message(rt: Runtime, message_id: str) -> Message:
    """Return a message as it is now."""
    async with rt.stores.vluchtig.reading() as tx:
        found = await tx.get(Message, message_id)
    assert found is not None
    return found


async def reported(rt: Runtime, speaker: Speaker | None = None) -> Case:
    """Return the case of a message that everybody sees and somebody reported (P2)."""
    shown = await said(rt, speaker)
    await chat.report(rt, writer("Groene Reiger"), shown.id, "kwetsend")
    return await case_of(rt, shown.id)


async def held(rt: Runtime, label: str = "contact_seeking", severity: int = 2, speaker: Speaker | None = None) -> Case:
    """Return the case of a message that waits: only its author sees it."""
    shown = await said(rt, speaker)
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await tx.get(Message, shown.id)
        assert waiting is not None
        waiting.state, waiting.seq = MessageState.HELD, None
    await chat.file_case(rt, waiting, TEXT, Verdict(label, severity, Decision.HOLD, None, TEXT, "3", "mod.waiting"))
    return await case_of(rt, shown.id)


async def from_talk(rt: Runtime) -> Case:
    """Return the case of a message from a one-to-one talk."""
    case = await held(rt, "threat_violence", 3)
    room = new_id()
    async with rt.stores.vluchtig.transaction() as tx:
        tx.add(Room(id=room, kind=RoomKind.TALK))
    async with rt.stores.hoofd.transaction() as tx:
        row = await tx.get(Case, case.id)
        assert row is not None
        row.place_id = room
    return await case_of(rt, case.subject_id)


async def case_of(rt: Runtime, subject_id: str) -> Case:
    """Return the case about a subject, as it is now."""
    async with rt.stores.hoofd.reading() as tx:
        return (await tx.exec(select(Case).where(Case.subject_id == subject_id))).one()
