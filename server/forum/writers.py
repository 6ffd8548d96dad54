"""Who somebody is in one topic: the visitor's forum name, or another one that nothing ties to it (privacy 2.4)."""

from collections.abc import Iterable
from datetime import datetime

from server.forum.rules import Writer
from server.kit.ids import stable_id
from server.team.logins import Login
from server.visitors import nicknames
from server.visitors.visit import Visit


def visitor_in(visit: Visit, topic_id: str, now: datetime, *, apart: bool = False) -> Writer:
    """Return a visitor as writer in one topic. apart: with a key and a name that belong to this topic only."""
    usual, here = visit.author_key("forum"), visit.author_key(f"forum/{topic_id}")
    return Writer(
        key=here if apart else usual,
        keys=frozenset({usual, here}),
        support_key=here,
        reporter_key=visit.author_key("melding"),
        name=other_name(visit, topic_id) if apart else visit.nickname,
        role=None,
        newcomer=visit.newcomer(now),
        limit=visit.author_key("grens/forum"),
    )


def team_in(login: Login, topic_id: str) -> Writer:
    """Return a team member as writer in one topic, with name and role."""
    key = stable_id("team", login.account_id, topic_id)
    limit = stable_id("team", login.account_id, "forum")
    return Writer(key, frozenset({key}), key, key, login.name, login.role.value, newcomer=False, limit=limit)


def all_keys(visit: Visit, topic_ids: Iterable[str]) -> set[str]:
    """Return every key a visitor may have written under in the forum."""
    return {visit.author_key("forum")} | support_keys(visit, topic_ids)


def support_keys(visit: Visit, topic_ids: Iterable[str]) -> set[str]:
    """Return every key a visitor may have pressed a button with."""
    return {visit.author_key(f"forum/{topic_id}") for topic_id in topic_ids}


def other_name(visit: Visit, topic_id: str) -> str:
    """Return the other nickname of a visitor in one topic: the same whenever they come back there."""
    number = int(visit.author_key(f"forum-naam/{topic_id}"), 16)
    first, second = nicknames.parts()
    return f"{first[number % len(first)]} {second[number // len(first) % len(second)]}"
