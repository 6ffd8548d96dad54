"""A drill: the machine is lost, and what comes back is what was kept, without what people had taken away since."""

import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import func, select

from server.app import make_runtime
from server.booking import service as booking
from server.booking.models import Appointment
from server.booking.outcomes import erase
from server.chat import service as chat
from server.chat.models import Room
from server.forum import queries, retention, service
from server.forum.models import PostState
from server.forum.service import Outcome
from server.kit.crypto import Unreadable
from server.kit.ids import new_id
from server.kit.locked_file import new_pair, private_key
from server.kit.runtime import Runtime
from server.kit.search import Stem
from server.kit.settings import Settings
from server.migrations.schema import check
from server.team.models import LoginRow
from server.upkeep import dumps, restore
from server.upkeep.dumps import STAMP
from server.visitors import returning
from server.visitors import service as visitors
from tests.booking.making import OTHER_CODE, open_office
from tests.cast import guest
from tests.desk.cases import moderator
from tests.forum.cast import answer, topic, visit, writer
from tests.team.cast import clock_of


@dataclass
class Lost:
    """What there was before the machine was lost. at: the time of the older dump."""

    settings: Settings
    key: X25519PrivateKey
    at: str
    mine: Outcome
    replies: dict[str, Outcome]
    booked: str
    epochs: set[str]


@pytest.fixture
async def lost(rt: Runtime, tmp_path: Path) -> Lost:
    """Fill all stores, dump, let people take things away, dump again."""
    public, private = new_pair()
    settings = replace(rt.settings, backup_to=public, backup_dir=tmp_path / "dumps")
    there = await topic(rt, "Carla", "Slapen in de zomer", "Warme melk helpt mij.")
    replies = {
        name: await answer(rt, name, there.topic_id, f"Hier schrijft {name}.") for name in ("Merel", "Daan", "Bram")
    }
    office = await open_office(rt)
    kept, gone = await office.booked(), await office.booked(code=OTHER_CODE)
    await moderator(rt)
    await chat.ensure_groups(rt)
    wulp = await guest(rt, "Stille Wulp")
    await returning.make_phrase(rt, wulp.visit)
    known = await visitors.load(rt, wulp.token)
    assert known is not None
    first = rt.clock.now()
    await dumps.make(settings, first)
    clock_of(rt).advance(timedelta(hours=4))
    await retention.forget_author(rt, visit("Merel", rt.clock.now()))
    await service.remove_own(rt, writer(rt, "Daan", there.topic_id), there.topic_id, replies["Daan"].post_id)
    await service.hide_post(rt, replies["Bram"].post_id)
    await booking.cancel(office.rt, gone.appointment_id)
    await _erase(rt, gone.appointment_id)
    await visitors.forget_me(rt, known, ())
    await dumps.make(settings, rt.clock.now())
    async with rt.stores.vluchtig.reading() as tx:
        epochs = set((await tx.exec(select(Room.epoch))).all())
    return Lost(settings, private_key(private), f"{first:{STAMP}}", there, replies, kept.appointment_id, epochs)


async def _erase(rt: Runtime, appointment_id: str) -> None:
    async with rt.stores.afspraken.transaction() as tx:
        await erase(tx, await tx.get_one(Appointment, appointment_id))


@pytest.fixture(params=["same", "sqlite"] if os.environ.get("MOI_TEST_DATABASE_URL") else ["same"])
async def elsewhere(request: pytest.FixtureRequest, rt: Runtime, lost: Lost, tmp_path: Path) -> AsyncIterator[Settings]:
    """A new machine with nothing but the keys: with the same kind of database, and with SQLite files."""
    url = rt.settings.database_url if request.param == "same" else ""
    folder = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "keys", folder / "keys")
    if not url:
        yield replace(lost.settings, data_dir=folder, database_url="")
        return
    name = f"drill_{new_id()[:8]}"
    await _on_server(url, f"CREATE DATABASE {name}")
    fresh = make_url(url).set(database=name).render_as_string(hide_password=False)
    yield replace(lost.settings, data_dir=folder, database_url=fresh)
    await _on_server(url, f"DROP DATABASE {name} WITH (FORCE)")


async def _on_server(url: str, deed: str) -> None:
    engine = create_async_engine(make_url(url).set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(text(deed))
    await engine.dispose()


async def restored(settings: Settings, lost: Lost, rt: Runtime, at: str) -> tuple[restore.Restored, Runtime]:
    """Restore, and open what came back."""
    done = await restore.restore(settings, restore.choose(lost.settings.backup_dir, at), lost.key, rt.clock)
    await check(settings)
    return done, make_runtime(settings, rt.clock)


async def test_an_older_dump_brings_back_only_what_nobody_took_away(
    rt: Runtime, lost: Lost, elsewhere: Settings
) -> None:
    done, back = await restored(elsewhere, lost, rt, lost.at)
    try:
        assert (done.forgotten, done.hidden, done.unreadable) == (2, 1, 2)
        carla = writer(rt, "Carla", lost.mine.topic_id)
        async with back.stores.hoofd.reading() as tx:
            shown = await queries.shown_topic(tx, back.keyring, lost.mine.topic_id, carla)
            texts = {post.id: (post.state, post.text) for post in shown.posts}
            assert texts[lost.mine.post_id] == (PostState.PLACED, "Warme melk helpt mij.")
            assert texts[lost.replies["Merel"].post_id] == (PostState.REMOVED, None)
            assert texts[lost.replies["Daan"].post_id] == (PostState.REMOVED, None)
            assert texts[lost.replies["Bram"].post_id] == (PostState.HIDDEN, None)
            stems = set((await tx.exec(select(Stem.item_id))).all())
            assert stems == {lost.mine.post_id}, "the index is made anew, of what is in sight"
            assert (await tx.exec(select(func.count()).select_from(LoginRow))).one() == 0
        async with back.stores.afspraken.reading() as tx:
            assert (await tx.exec(select(Appointment.id))).all() == [lost.booked]
        await chat.ensure_groups(back)
        async with back.stores.vluchtig.reading() as tx:
            assert not lost.epochs & set((await tx.exec(select(Room.epoch))).all()), "nobody resumes what is gone"
        later = await answer(back, "Carla", lost.mine.topic_id, "En ik schrijf verder.")
        assert later.state is PostState.PLACED
        noor = await moderator(back)
        assert noor.account_id
    finally:
        await back.close()


async def test_the_newest_dump_is_counted_row_by_row(rt: Runtime, lost: Lost, elsewhere: Settings) -> None:
    done, back = await restored(elsewhere, lost, rt, "")
    await back.close()
    for store, tables in done.rows.items():
        async with rt.stores[store].reading() as tx:
            for table, number in tables.items():
                if table not in ("stem", "job_run", "team_login", "used_proof"):
                    there = (await tx.exec(select(func.count()).select_from(text(table)))).one()
                    assert number == there, table


async def test_nothing_is_written_over(rt: Runtime, lost: Lost, elsewhere: Settings) -> None:
    _, back = await restored(elsewhere, lost, rt, "")
    await back.close()
    with pytest.raises(restore.NotEmpty):
        await restore.restore(elsewhere, restore.choose(lost.settings.backup_dir), lost.key, rt.clock)


async def test_another_key_or_a_lost_file_restores_nothing(rt: Runtime, lost: Lost, elsewhere: Settings) -> None:
    with pytest.raises(Unreadable):
        await restore.restore(elsewhere, restore.choose(lost.settings.backup_dir), private_key(new_pair()[1]), rt.clock)
    with pytest.raises(restore.DumpMissing):
        restore.choose(lost.settings.backup_dir, "20200101T0000Z")
    for path in lost.settings.backup_dir.glob("sleutels-*"):
        os.unlink(path)
    with pytest.raises(restore.DumpMissing):
        restore.choose(lost.settings.backup_dir)
