"""Deeds inside a talk: say, share, offer, give a sign, be forgotten."""

from typing import Final

from server.chat import live, signs
from server.chat import service as chat
from server.chat.frames import frame
from server.chat.groups import groups
from server.chat.models import Room, RoomKind
from server.chat.service import Draft, Outcome
from server.chat.speakers import team_in, visiting, visitor_in
from server.kit.limits import Rule
from server.kit.runtime import Runtime
from server.talks import queries, steps
from server.talks.ending import forget_mine
from server.talks.models import Assignment, Waiting
from server.talks.queries import person_of
from server.talks.rules import TalkChanged
from server.talks.turns import held_by
from server.team.logins import Login
from server.visitors.visit import Visit

SIGNALS: Final = Rule("gesprek-teken", 1, seconds=4)


async def say_as_visitor(
    rt: Runtime, visit: Visit, talk_id: str, client_id: str, text: str, gen: int | None = None
) -> Outcome:
    """Say something to the peer worker. Raises TalkChanged when it was written to an earlier one."""
    async with rt.stores.vluchtig.reading() as tx:
        await queries.check_gen(tx, talk_id, gen)
    actor = visiting(rt, visit)
    outcome = await chat.send(
        rt, actor.in_room(talk_id, RoomKind.TALK, rt.clock.now()), Draft(talk_id, client_id, text)
    )
    await actor.said(outcome.state, RoomKind.TALK)
    return outcome


async def say_as_helper(
    rt: Runtime, login: Login, talk_id: str, client_id: str, text: str, gen: int | None = None
) -> Outcome:
    """Say something to the visitor. Raises TalkChanged when the talk is not this peer worker's any more."""
    await own_talk(rt, login, talk_id, gen)
    return await chat.send(rt, team_in(login, talk_id), Draft(talk_id, client_id, text))


async def share_card(rt: Runtime, login: Login, talk_id: str, client_id: str, card_id: str) -> Outcome:
    """Share a place from the sociale kaart: only its id is kept, the card is drawn from what is true then."""
    await own_talk(rt, login, talk_id)
    return await chat.attach(rt, team_in(login, talk_id), Draft(talk_id, client_id, ""), "card", card_id)


async def offer_booking(rt: Runtime, login: Login, talk_id: str, client_id: str) -> None:
    """Offer a verkennend gesprek, once in a talk; a second press changes nothing."""
    await own_talk(rt, login, talk_id)
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await tx.get_one(Waiting, talk_id, with_for_update=True)
        if waiting.invite:
            return
        waiting.invite = "open"
        steps.count(tx, rt, waiting, "T4", "vg_voorgesteld")
    await chat.attach(rt, team_in(login, talk_id), Draft(talk_id, client_id, ""), "invite", "open")


async def answer_invite(rt: Runtime, visit: Visit, answer: str) -> None:
    """Note "nu niet" or "ja"; nobody is asked why."""
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await queries.mine(tx, person_of(visit), rt.clock.now(), lock=True)
        if waiting is not None and waiting.invite == "open":
            waiting.invite = answer


async def own_talk(rt: Runtime, login: Login, talk_id: str, gen: int | None = None) -> Assignment:
    """Return this peer worker's hold on a talk. gen: of the page that asks, if it knows. Raises TalkChanged."""
    async with rt.stores.vluchtig.reading() as tx:
        taken = await queries.assignment(tx, talk_id)
    if taken is None or taken.helper != login.account_id or gen not in (None, taken.gen):
        raise TalkChanged
    return taken


async def signal(rt: Runtime, login: Login, talk_id: str, kind: str) -> None:
    """Tell the visitor "leest" or "schrijft"; the next answer takes its place. Raises TalkChanged or TooMany."""
    await rt.limits.hit(SIGNALS, f"{login.account_id}/{talk_id}")
    async with rt.stores.vluchtig.transaction() as tx:
        waiting = await held_by(tx, login, talk_id)
        waiting.signal, waiting.signal_seq = kind, (await tx.get_one(Room, talk_id)).last_seq
        sign = frame("presence", room=talk_id, peer="hier", signal=kind)
        tx.after_commit(lambda: live.pass_on(rt.bus, talk_id, sign))


async def forgotten(rt: Runtime, visit: Visit) -> dict[str, int]:
    """Erase what this visitor left in talks and groups; for "forget me" (privacy 5.2)."""
    now = rt.clock.now()
    here = [visitor_in(visit, room_id, RoomKind.GROUP, now) for room_id in groups()]
    keys = {key for speaker in here for key in speaker.keys}
    await signs.forget_presses(rt, [speaker.sign_key for speaker in here])
    return {"gesprekken": await forget_mine(rt, visit), "berichten": await chat.forget_author(rt, frozenset(keys))}
