"""The fixed cast in the forum: visitors with a name, and what they write."""

from datetime import datetime, timedelta

from server.forum.rules import Writer
from server.forum.service import Draft, Outcome, reply, start_topic, topic_of
from server.forum.writers import visitor_in
from server.kit.crypto import Secret
from server.kit.ids import new_id, stable_id
from server.kit.runtime import Runtime
from server.visitors.visit import Visit

PHONE = "Bel me maar op 06 1234 5678, dan praten we verder."
CRISIS = "Ik maak er vannacht een einde aan. Ik heb alles klaargelegd."
PASSIVE = "Soms wil ik er gewoon niet meer zijn."
SLUR = "Jij bent een kankerlijer."


def visit(name: str, now: datetime, *, newcomer: bool = False) -> Visit:
    """Return a visit; the same name is always the same person."""
    root = Secret(stable_id("root", name).encode())
    known = now if newcomer else now - timedelta(days=3)
    sent = 0 if newcomer else 9
    ref = stable_id("ref", name).encode()
    return Visit(ref, name, name, "csrf", now, known, now + timedelta(hours=2), root, messages_sent=sent)


def writer(rt: Runtime, name: str, topic_id: str = "", *, newcomer: bool = False, apart: bool = False) -> Writer:
    """Return somebody as writer in one topic."""
    now = rt.clock.now()
    return visitor_in(visit(name, now, newcomer=newcomer), topic_id, now, apart=apart)


def draft(text: str = "Hoe slapen jullie?", title: str = "", key: str = "") -> Draft:
    """Return a draft from a fresh form."""
    return Draft(key or new_id(), text, title, category=4 if title else 0)


async def topic(rt: Runtime, name: str, title: str = "Slecht slapen", text: str = "Elke nacht wakker.") -> Outcome:
    """Let somebody who is known start a topic."""
    made = draft(text, title)
    return await start_topic(rt, writer(rt, name, topic_of(made.id)), made)


async def answer(rt: Runtime, name: str, topic_id: str, text: str = "Herkenbaar, ik ook.") -> Outcome:
    """Let somebody reply."""
    return await reply(rt, writer(rt, name, topic_id), topic_id, draft(text))
