"""What an open connection writes down of what its visitor says."""

from server.chat.models import MessageState, RoomKind
from server.chat.speakers import Actor, visiting
from server.kit.runtime import Runtime
from server.visitors import service as visitors
from server.visitors.visit import NEWCOMER_MESSAGES
from tests.cast import Guest, guest


async def say(actor: Actor, times: int) -> None:
    """Let a visitor say some messages that are placed, and one that is not."""
    await actor.said(MessageState.REFUSED, RoomKind.GROUP)
    for _ in range(times):
        await actor.said(MessageState.PLACED, RoomKind.GROUP)


async def kept(rt: Runtime, who: Guest) -> int:
    """Return how many messages the visit knows of."""
    visit = await visitors.load(rt, who.visit.token)
    assert visit is not None
    return visit.messages_sent


async def write(actor: Actor, *, leaving: bool) -> bool:
    """Write what is to be written now; say whether there was anything."""
    writing = actor.unsaved(leaving=leaving)
    if writing is not None:
        await writing
    return writing is not None


async def test_an_open_connection_writes_the_first_soon_and_the_rest_when_it_closes(rt: Runtime) -> None:
    merel = await guest(rt, "Merel")
    actor = visiting(rt, merel.visit, lasting=True)
    assert not await write(actor, leaving=True)
    await say(actor, 1)
    assert await kept(rt, merel) == 0
    assert await write(actor, leaving=False)
    await say(actor, 2)
    assert not await write(actor, leaving=False)
    assert await kept(rt, merel) == 1
    assert await write(actor, leaving=True)
    assert await kept(rt, merel) == 3
    assert not await write(actor, leaving=True)


async def test_the_end_of_the_careful_start_is_written_soon(rt: Runtime) -> None:
    merel = await guest(rt, "Merel")
    actor = visiting(rt, merel.visit, lasting=True)
    await say(actor, 1)
    assert await write(actor, leaving=False)
    await say(actor, NEWCOMER_MESSAGES - 1)
    assert await write(actor, leaving=False)
    assert await kept(rt, merel) == NEWCOMER_MESSAGES


async def test_a_single_request_writes_each_message(rt: Runtime) -> None:
    merel = await guest(rt, "Merel")
    await say(visiting(rt, merel.visit), 2)
    assert await kept(rt, merel) == 2
