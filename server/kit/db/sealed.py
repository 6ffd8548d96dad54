"""Texts under a key of their own, so that deleting the key deletes the text, in dumps too (privacy 4.6).

The key of an item stands in table `sleutel` of the same store, wrapped by K_veld, which stands in no database. K_veld
is renewed every 90 days: then the keys are wrapped anew, and the texts stay as they are.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import Column, MetaData, tuple_
from sqlmodel import Field, SQLModel, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from server.kit.crypto import Secret, Unreadable, seal, unseal
from server.kit.db.columns import Sealed
from server.kit.db.database import Tx
from server.kit.db.tables import Afspraken, Hoofd
from server.kit.keys import KeyGone, Keyring
from server.kit.runtime import Runtime

RENEWED: Final = timedelta(days=90)
DESTROYED: Final = timedelta(days=93)
"""Later than the key dumps of two days, which are wrapped by the version before (privacy 4.5, 5)."""
BATCH: Final = 200


class HoofdKey(Hoofd, table=True):
    """The wrapped key of one item in `hoofd`."""

    __tablename__ = "sleutel"
    __table_args__ = {"sqlite_with_rowid": False, "info": {"dump": "keys"}}

    kind: str = Field(primary_key=True, max_length=20)
    item_id: str = Field(primary_key=True, max_length=64)
    version: int
    wrapped: bytes = Field(sa_column=Column(Sealed, nullable=False))


class AfsprakenKey(Afspraken, table=True):
    """The wrapped key of one item in `afspraken`."""

    __tablename__ = "sleutel"
    __table_args__ = {"sqlite_with_rowid": False, "info": {"dump": "keys"}}

    kind: str = Field(primary_key=True, max_length=20)
    item_id: str = Field(primary_key=True, max_length=64)
    version: int
    wrapped: bytes = Field(sa_column=Column(Sealed, nullable=False))


# The two tables have the same columns; one type for both keeps the code below single.
KEYS: dict[MetaData, type[HoofdKey]] = {
    Hoofd.metadata: HoofdKey,
    Afspraken.metadata: cast("type[HoofdKey]", AfsprakenKey),
}


class SealedItems:
    """Seal, open and shred the texts of one kind in one store."""

    def __init__(self, base: type[SQLModel], kind: str) -> None:
        """Bind a kind, such as "post", to the base class of its store's tables."""
        self._table = KEYS[base.metadata]
        self._kind = kind

    async def seal(self, tx: Tx, keyring: Keyring, item_id: str, plain: str, part: str = "text") -> bytes:
        """Return the ciphertext of one part of an item; the item's key is made with its first part."""
        row = await tx.get(self._table, (self._kind, item_id))
        if row is None:
            version, outer = keyring.current("veld")
            key = Secret.random()
            tx.add(
                self._table(
                    kind=self._kind,
                    item_id=item_id,
                    version=version,
                    wrapped=seal(outer, key.reveal(), self._place(item_id, "key")),
                )
            )
            await tx.flush()
        else:
            key = self._unwrap(keyring, row)
        return seal(key, plain.encode(), self._place(item_id, part))

    async def open(self, tx: Tx, keyring: Keyring, item_id: str, blob: bytes, part: str = "text") -> str:
        """Return one text. Raises Unreadable once its key is gone."""
        found = await self.open_many(tx, keyring, {item_id: blob}, part)
        if item_id not in found:
            raise Unreadable
        return found[item_id]

    async def open_many(
        self, tx: Tx, keyring: Keyring, blobs: Mapping[str, bytes], part: str = "text"
    ) -> dict[str, str]:
        """Return the texts by item id, with one query; what cannot be opened any more is left out."""
        texts = await self.open_parts(tx, keyring, {(item_id, part): blob for item_id, blob in blobs.items()})
        return {item_id: text for (item_id, _), text in texts.items()}

    async def open_parts(
        self, tx: Tx, keyring: Keyring, blobs: Mapping[tuple[str, str], bytes]
    ) -> dict[tuple[str, str], str]:
        """Return the texts by item id and part, with one query; what cannot be opened any more is left out."""
        query = select(self._table).where(
            col(self._table.kind) == self._kind, col(self._table.item_id).in_({item_id for item_id, _ in blobs})
        )
        keys = {row.item_id: row for row in (await tx.exec(query)).all()}
        texts: dict[tuple[str, str], str] = {}
        for (item_id, part), blob in blobs.items():
            with suppress(KeyError, Unreadable):
                plain = unseal(self._unwrap(keyring, keys[item_id]), blob, self._place(item_id, part))
                texts[item_id, part] = plain.decode()
        return texts

    def known(self) -> SelectOfScalar[str]:
        """Return the question for the ids of all items that can still be opened."""
        return select(self._table.item_id).where(col(self._table.kind) == self._kind)

    async def shred(self, tx: Tx, *item_ids: str) -> None:
        """Destroy the keys of these items; their texts are unreadable from the commit on."""
        await tx.exec(
            delete(self._table).where(col(self._table.kind) == self._kind, col(self._table.item_id).in_(list(item_ids)))
        )

    def _unwrap(self, keyring: Keyring, row: HoofdKey) -> Secret:
        try:
            outer = keyring.version("veld", row.version)
        except KeyGone as error:
            raise Unreadable from error
        return Secret(unseal(outer, row.wrapped, self._place(row.item_id, "key")))

    def _place(self, item_id: str, part: str) -> bytes:
        return _place(self._kind, item_id, part)


async def renew_keys(rt: Runtime, now: datetime) -> None:
    """Every day: renew K_veld in time, wrap anew what an older version wrapped, and destroy that one afterwards.

    Stopping anywhere is safe: the rest is wrapped the next day, and nothing is destroyed before all of it was.
    """
    rt.keyring.rotate_if_older("veld", RENEWED)
    for store, base in (("hoofd", Hoofd), ("afspraken", Afspraken)):
        last = ("", "")
        while after := await _wrap_some(rt, store, KEYS[base.metadata], last):
            last = after
    rt.keyring.destroy_older("veld", DESTROYED)


async def _wrap_some(rt: Runtime, store: str, table: type[HoofdKey], after: tuple[str, str]) -> tuple[str, str] | None:
    """Wrap one batch of keys under the present version. Returns the last of them, None when none was left."""
    version, outer = rt.keyring.current("veld")
    place = tuple_(col(table.kind), col(table.item_id))
    old = (
        select(table).where(col(table.version) != version, place > after).order_by(col(table.kind), col(table.item_id))
    )
    async with rt.stores[store].transaction() as tx:
        rows = (await tx.exec(old.limit(BATCH).with_for_update())).all()
        for row in rows:
            ad = _place(row.kind, row.item_id, "key")
            try:
                key = unseal(rt.keyring.version("veld", row.version), row.wrapped, ad)
            except (KeyGone, Unreadable):  # nobody can open it any more, and it does not keep the others waiting
                continue
            row.version, row.wrapped = version, seal(outer, key, ad)
    return (rows[-1].kind, rows[-1].item_id) if rows else None


def _place(kind: str, item_id: str, part: str) -> bytes:
    return f"{kind}/{item_id}/{part}".encode()
