"""Reading goes on while nothing can be kept: a page asked for at the wrong moment must not need a write."""

from contextlib import AbstractAsyncContextManager
from datetime import timedelta

import pytest

from server.kit.clock import FixedClock
from server.kit.db.database import Database, Tx
from server.kit.errors import Unavailable
from server.kit.runtime import Runtime
from server.team import demo, logins
from server.team.permissions import Role
from tests.cast import a_group
from tests.visitors.browser import Browser


def nothing_can_be_kept(store: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every write to a store fail as on a full disk."""

    def full() -> AbstractAsyncContextManager[Tx]:
        raise Unavailable

    monkeypatch.setattr(store, "transaction", full)


def later(rt: Runtime, minutes: int) -> None:
    """Move the clock to where being here would be written down."""
    assert isinstance(rt.clock, FixedClock)
    rt.clock.set(rt.clock.now() + timedelta(minutes=minutes))


async def test_a_visitor_reads_on(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    room_id, merel = await a_group(rt), Browser(rt)
    await merel.arrive("groepen")
    nothing_can_be_kept(rt.stores.vluchtig, monkeypatch)
    later(rt, 11)
    for path in ("/groepen", f"/groepen/{room_id}", "/forum", "/mijn"):
        assert (await merel.get(path)).status == 200, path


async def test_so_does_the_team(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = await demo.sign_in_for_tests(rt, Role.MODERATOR, 1)
    nothing_can_be_kept(rt.stores.hoofd, monkeypatch)
    later(rt, 2)
    assert await logins.load(rt, row["cookie"]) is not None
