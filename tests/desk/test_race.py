"""A moderator approves while the writer changes the text: nobody reads words that no moderator read."""

import asyncio

import pytest

from moderation import ActKind, Case
from server.chat.models import Message, MessageState
from server.desk import service, subjects
from server.desk.service import Decision
from server.forum import queries as forum_queries
from server.forum import service as forum
from server.forum.models import Post, PostState
from server.forum.rules import TopicUnknown, Writer
from server.forum.service import Draft, Outcome
from server.kit.errors import AppError, Conflict
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from tests.desk.cases import case_of, held, message, moderator
from tests.forum.cast import writer as forum_writer

READ, UNREAD = "Wie slaapt er ook slecht?", "Dit heeft geen moderator gelezen."
ROUNDS = 12


async def waiting_topic(rt: Runtime) -> tuple[Writer, Outcome]:
    """Let a newcomer start a topic: it waits."""
    key = new_id()
    merel = forum_writer(rt, f"Merel {key}", forum.topic_of(key), newcomer=True)
    waits = await forum.start_topic(rt, merel, Draft(key, READ, "Slapen", category=4))
    assert waits.state is PostState.HELD
    return merel, waits


async def post_now(rt: Runtime, post_id: str) -> tuple[PostState, str]:
    async with rt.stores.hoofd.reading() as tx:
        post = await tx.get(Post, post_id)
        assert post is not None
        return post.state, await forum_queries.opened(tx, rt.keyring, post)


async def change(rt: Runtime, merel: Writer, waits: Outcome, text: str = UNREAD) -> None:
    await forum.edit_held(rt, merel, waits.topic_id, waits.post_id, Draft(new_id(), text, "Slapen", category=4))


async def test_words_changed_after_reading_are_not_placed(rt: Runtime) -> None:
    merel, waits = await waiting_topic(rt)
    read = await case_of(rt, waits.post_id)
    await change(rt, merel, waits)
    with pytest.raises(Conflict) as refused:
        await subjects.show(rt, read)
    assert refused.value.code == "zaak_gewijzigd"
    assert await post_now(rt, waits.post_id) == (PostState.HELD, UNREAD)
    await subjects.show(rt, await case_of(rt, waits.post_id))
    assert await post_now(rt, waits.post_id) == (PostState.PLACED, UNREAD)


async def test_whoever_is_first_decides_what_is_read(rt: Runtime) -> None:
    noor = await moderator(rt)
    outcomes = set()
    for number in range(ROUNDS):
        merel, waits = await waiting_topic(rt)
        case = await case_of(rt, waits.post_id)
        await service.pick_up(rt, noor, case.id)
        decision = Decision(ActKind.APPROVE, case.version)
        both = [service.decide(rt, noor, case.id, decision), change(rt, merel, waits)]
        results = await asyncio.gather(*(both if number % 2 else both[::-1]), return_exceptions=True)
        failed = [result for result in results if isinstance(result, BaseException)]
        assert len(failed) == 1
        assert isinstance(failed[0], AppError)
        outcomes.add(await post_now(rt, waits.post_id))
        if isinstance(failed[0], TopicUnknown):  # approved first: there is nothing left to change
            assert await post_now(rt, waits.post_id) == (PostState.PLACED, READ)
        else:
            assert failed[0].code == "zaak_gewijzigd"
            assert (await case_of(rt, waits.post_id)).open
    assert outcomes <= {(PostState.PLACED, READ), (PostState.HELD, UNREAD)}


async def test_message_changed_after_reading_is_not_placed(rt: Runtime) -> None:
    noor = await moderator(rt)
    case = await held(rt)
    await service.pick_up(rt, noor, case.id)
    await _change_message(rt, case)
    with pytest.raises(Conflict) as refused:
        await service.decide(rt, noor, case.id, Decision(ActKind.APPROVE, case.version))
    assert refused.value.code == "zaak_gewijzigd"
    assert (await message(rt, case.subject_id)).state is MessageState.HELD
    assert (await case_of(rt, case.subject_id)).open


async def _change_message(rt: Runtime, case: Case) -> None:
    """Change the row as an edit does before its new case is filed in the other store."""
    async with rt.stores.vluchtig.transaction() as tx:
        row = await tx.get(Message, case.subject_id)
        assert row is not None
        row.rev += 1
