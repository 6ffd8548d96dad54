"""A visit as a value: when it ends, who somebody is where, and what a stolen row gives away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.kit.crypto import Secret, Unreadable
from server.visitors.author_keys import author_key
from server.visitors.visit import Visit, ends_at, is_over, pack, ref_of, unpack, with_cell

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KEY = Secret(b"k" * 32)


def a_visit(token: str = "token") -> Visit:
    """Merel's visit, just begun."""
    return Visit(
        ref=ref_of(KEY, token), token=token, nickname="Stille Wulp", csrf="c", started=NOON, known_since=NOON,
        ends_at=ends_at(NOON, NOON), root=Secret(b"r" * 32),
    )  # fmt: skip


def test_record_opens_with_its_token() -> None:
    """What was packed comes back as it was."""
    visit = replace(a_visit(), messages_sent=3, phrase_id="p", weeks=("2026-W48",), counted=("2026-11-24/T1/forum",))
    assert unpack(visit.ref, visit.token, pack(visit), visit.ends_at) == visit


def test_record_does_not_open_with_another_token() -> None:
    """Nor in another row: the files alone open nothing, even with all keys of the server (D2)."""
    visit = a_visit()
    with pytest.raises(Unreadable):
        unpack(visit.ref, "other", pack(visit), visit.ends_at)
    with pytest.raises(Unreadable):
        unpack(ref_of(KEY, "other"), visit.token, pack(visit), visit.ends_at)


def test_row_does_not_show_what_is_in_it() -> None:
    """Neither name, nor root secret, nor token."""
    visit = a_visit("a-long-token-of-a-visitor")
    row = visit.ref + pack(visit)
    assert not [part for part in (b"Stille", b"Wulp", visit.token.encode(), b"r" * 8, b"7272") if part in row]


def test_secrets_are_not_printed() -> None:
    """repr of a visit shows neither token, name, csrf nor root."""
    shown = repr(a_visit("secret-token"))
    assert not [part for part in ("secret-token", "Wulp", "csrf", "root") if part in shown]


def test_visit_ends_two_hours_after_the_last_sign_in_steps_of_ten_minutes() -> None:
    """The row does not tell the minute."""
    assert ends_at(NOON, NOON) == NOON + timedelta(hours=2)
    assert ends_at(NOON + timedelta(minutes=1), NOON) == NOON + timedelta(hours=2, minutes=10)


def test_visit_ends_after_a_day_whatever_happens() -> None:
    """Absolute: 24 hours."""
    late = NOON + timedelta(hours=23, minutes=30)
    visit = replace(a_visit(), ends_at=ends_at(late, NOON))
    assert visit.ends_at == NOON + timedelta(hours=24)
    assert not is_over(visit, late)
    assert is_over(visit, NOON + timedelta(hours=24))


def test_author_keys_differ_per_place_and_hang_on_the_root() -> None:
    """The same place gives the same key, two places two keys, another visitor another key."""
    visit = a_visit()
    places = [
        "forum",
        "forum/1",
        "kamer/1/2026-11-24",
        "kamer/1/2026-11-25",
        "kamer/2/2026-11-24",
        "gesprek/1",
        "melding",
    ]
    keys = {visit.author_key(place) for place in places}
    assert len(keys) == len(places)
    assert all(len(key) == 32 for key in keys)
    assert author_key(visit.root, "forum") == visit.author_key("forum")
    assert author_key(Secret(b"s" * 32), "forum") not in keys


@pytest.mark.parametrize(
    ("hours", "messages", "newcomer"), [(0, 0, True), (0, 5, True), (25, 4, True), (25, 5, False), (24, 5, False)]
)
def test_newcomer_is_young_or_quiet(hours: int, messages: int, newcomer: bool) -> None:
    """A name under a day old, or under five published messages (moderation-spec 2)."""
    visit = replace(a_visit(), messages_sent=messages)
    assert visit.newcomer(NOON + timedelta(hours=hours)) is newcomer


def test_cell_counts_once_a_day_and_a_table_so_often() -> None:
    """T1 may have two cells, others one; tomorrow it starts again and yesterday is dropped."""
    first = with_cell(a_visit(), "T1/forum", "2026-11-24", 2)
    assert with_cell(first, "T1/forum", "2026-11-24", 2) is first
    second = with_cell(first, "T1/groep", "2026-11-24", 2)
    assert second is not first
    assert with_cell(second, "T1/gesprek", "2026-11-24", 2) is second
    assert with_cell(second, "T3/avond", "2026-11-24", 1) is not second
    assert with_cell(second, "T1/forum", "2026-11-25", 2).counted == ("2026-11-25/T1/forum",)
