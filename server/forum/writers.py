"""Who somebody is in one topic: the visitor's forum name, or another one that nothing ties to it (privacy 2.4)."""

from datetime import datetime

from server.forum.rules import Writer
from server.kit.ids import stable_id
from server.team.logins import Login
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
