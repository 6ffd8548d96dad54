"""Texts under keys of their own: gone with the key, and still there when the key around it is renewed."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from server.kit.clock import FixedClock
from server.kit.crypto import Unreadable
from server.kit.db import sealed
from server.kit.db.sealed import HoofdKey, SealedItems, renew_keys
from server.kit.db.tables import Hoofd
from server.kit.ids import stable_id
from server.kit.keys import KeyGone, Keyring
from server.kit.runtime import Runtime

NOTES = SealedItems(Hoofd, "note")


@pytest.fixture
def own(rt: Runtime, tmp_path: Path) -> Runtime:
    """A runtime with keys of its own, so that others keep theirs."""
    return replace(rt, keyring=Keyring(tmp_path / "keys", rt.clock.now))


async def keep(rt: Runtime, item_id: str, text: str) -> bytes:
    """Seal one text."""
    async with rt.stores.hoofd.transaction() as tx:
        return await NOTES.seal(tx, rt.keyring, item_id, text)


async def read(rt: Runtime, item_id: str, blob: bytes) -> str:
    """Open one text."""
    async with rt.stores.hoofd.reading() as tx:
        return await NOTES.open(tx, rt.keyring, item_id, blob)


async def test_a_text_is_gone_with_its_key(own: Runtime) -> None:
    blob = await keep(own, "a", "Het was een lange dag")
    assert await read(own, "a", blob) == "Het was een lange dag"
    async with own.stores.hoofd.transaction() as tx:
        await NOTES.shred(tx, "a")
    with pytest.raises(Unreadable):
        await read(own, "a", blob)


async def test_texts_outlive_the_key_around_their_keys(own: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    """Privacy 4.5: K_veld is renewed every 90 days, and what was under the old one is wrapped anew."""
    monkeypatch.setattr(sealed, "BATCH", 2)
    ids = [stable_id("note", str(number)) for number in range(5)]
    blobs = {each: await keep(own, each, each) for each in ids}
    clock = own.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=90))
    await renew_keys(own, clock.now())
    assert own.keyring.current("veld")[0] == 2
    clock.advance(timedelta(days=3))
    await renew_keys(own, clock.now())
    with pytest.raises(KeyGone):
        own.keyring.version("veld", 1)
    assert [await read(own, each, blobs[each]) for each in ids] == ids


async def test_what_nobody_can_open_holds_nothing_up(own: Runtime) -> None:
    blob = await keep(own, "b", "Nog te lezen")
    async with own.stores.hoofd.transaction() as tx:
        tx.add(HoofdKey(kind="note", item_id="a", version=7, wrapped=b"damaged"))
    own.keyring.rotate("veld")
    await renew_keys(own, own.clock.now())
    assert await read(own, "b", blob) == "Nog te lezen"
