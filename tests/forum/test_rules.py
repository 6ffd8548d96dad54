"""Decisions about posts, from values alone."""

from datetime import UTC, date, datetime

import pytest

from moderation import ActKind, Decision, Sanction, Verdict
from server.forum import rules
from server.forum.models import Post, PostState, Topic, TopicState
from server.forum.rules import Writer

TODAY = date(2026, 11, 24)
MEREL = Writer("k1", frozenset({"k1", "k2"}), "k2", "m", "Merel", None, newcomer=False, limit="l")


def verdict(label: str, severity: int, decision: Decision) -> Verdict:
    return Verdict(label, severity, decision, None, "", "1", "mod.none")


NOTHING = verdict("none", 0, Decision.PUBLISH)
NUMBER = verdict("pii_phone", 2, Decision.BLOCK)
SUPPORT = verdict("self_harm", 2, Decision.PUBLISH_SUPPORT)
CRISIS = verdict("crisis_now", 4, Decision.HOLD)
SLUR = verdict("harassment", 3, Decision.BLOCK)


def post(state: PostState = PostState.PLACED, key: str | None = "k1") -> Post:
    return Post(id="p", topic_id="t", author_key=key, state=state, stored=TODAY)


def topic(state: TopicState = TopicState.PLACED, closed: date | None = None) -> Topic:
    return Topic(id="t", category=1, first_post="p", state=state, last_day=TODAY, closed=closed)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ([NOTHING, NOTHING], NOTHING),
        ([NOTHING, SUPPORT], SUPPORT),
        ([NUMBER, SUPPORT], NUMBER),
        ([NUMBER, SLUR], SLUR),
        ([NUMBER, CRISIS], CRISIS),  # a crisis is never bounced for a number in the title
        ([CRISIS, SLUR], CRISIS),
    ],
)
def test_the_graver_part_decides(verdicts: list[Verdict], expected: Verdict) -> None:
    assert rules.worst(verdicts) is expected


@pytest.mark.parametrize(
    ("judged", "first", "contested", "expected"),
    [
        (NOTHING, False, False, Decision.PUBLISH),
        (NOTHING, True, False, Decision.HOLD),
        (SUPPORT, False, False, Decision.PUBLISH_SUPPORT),
        (CRISIS, False, False, Decision.HOLD),
        (NUMBER, False, False, Decision.BLOCK),
        (NUMBER, True, False, Decision.BLOCK),
        (NUMBER, False, True, Decision.HOLD),
    ],
)
def test_what_happens_to_a_text(judged: Verdict, first: bool, contested: bool, expected: Decision) -> None:
    assert rules.decision(judged, first_topic=first, contested=contested) is expected


@pytest.mark.parametrize(
    ("judged", "taken", "expected"),
    [
        (NOTHING, Decision.PUBLISH, False),
        (NOTHING, Decision.HOLD, True),
        (SUPPORT, Decision.PUBLISH_SUPPORT, True),
        (NUMBER, Decision.BLOCK, False),
        (NUMBER, Decision.HOLD, True),
        (SLUR, Decision.BLOCK, True),
    ],
)
def test_what_a_moderator_must_see(judged: Verdict, taken: Decision, expected: bool) -> None:
    assert rules.needs_case(judged, taken) is expected


@pytest.mark.parametrize(
    ("there", "refused"),
    [
        (topic(), False),
        (topic(closed=TODAY), True),
        (topic(TopicState.HELD), True),
        (topic(TopicState.HIDDEN), True),
        (topic(TopicState.REMOVED), True),
    ],
)
def test_where_one_can_reply(there: Topic, refused: bool) -> None:
    assert (rules.may_reply(there) is not None) is refused


@pytest.mark.parametrize(
    ("there", "edit", "remove", "answer"),
    [
        (post(), False, True, False),
        (post(key="k2"), False, True, False),
        (post(PostState.HELD), True, True, False),
        (post(PostState.HIDDEN), False, True, False),
        (post(PostState.REMOVED, key=None), False, False, False),
        (post(key="other"), False, False, True),
        (post(PostState.HELD, key="other"), False, False, False),
        (post(PostState.HIDDEN, key="other"), False, False, False),
        (post(key=None), False, False, True),  # an old member's
    ],
)
def test_who_may_do_what_with_a_post(there: Post, edit: bool, remove: bool, answer: bool) -> None:
    got = rules.may_edit(there, MEREL), rules.may_remove(there, MEREL), rules.may_answer(there, MEREL)
    assert got == (edit, remove, answer)


def test_a_topic_that_waits_is_there_for_its_writer_only() -> None:
    held = topic(TopicState.HELD)
    assert rules.may_see(held, post(PostState.HELD), MEREL)
    assert not rules.may_see(held, post(PostState.HELD, key="other"), MEREL)
    assert rules.may_see(topic(), None, MEREL)


def test_a_pause_holds_everywhere_and_being_put_out_in_one_topic() -> None:
    until = datetime(2026, 11, 25, tzinfo=UTC)
    pause = Sanction("a", ActKind.TIMEOUT, "k1", "other", until)
    out = Sanction("a", ActKind.REMOVE, "k1", "other", until)
    assert rules.paused_until([pause], "t") == until
    assert rules.paused_until([out], "t") is None
    assert rules.paused_until([out], "other") == until
    assert rules.paused_until([], "t") is None


def test_pages_and_the_page_of_a_post() -> None:
    assert [rules.pages(total, 20) for total in (0, 1, 20, 21)] == [1, 1, 1, 2]
    assert [rules.page_of(number) for number in (0, 1, 50, 51)] == [1, 1, 1, 2]


def test_services_are_named_by_their_number() -> None:
    assert rules.named_services("Kijk bij HB-012, of HB-003 (en HB-012). Niet HB-1234 of XHB-001.") == [
        "HB-012",
        "HB-003",
    ]
