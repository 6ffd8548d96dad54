"""Texts under a key of their own, so that deleting the key deletes the text, in dumps too (privacy 4.6).

The key of an item stands in table `sleutel` of the same store, wrapped by K_veld, which stands in no database.
"""

from collections.abc import Mapping
from typing import cast

from sqlalchemy import Column, MetaData
from sqlmodel import Field, SQLModel, col, delete, select

from server.kit.crypto import Secret, Unreadable, seal, unseal
from server.kit.db.columns import Sealed
from server.kit.db.database import Tx
from server.kit.db.tables import Afspraken, Hoofd
from server.kit.keys import KeyGone, Keyring


class HoofdKey(Hoofd, table=True):
    """The wrapped key of one item in `hoofd`."""

    __tablename__ = "sleutel"
    __table_args__ = {"sqlite_with_rowid": False}

    kind: str = Field(primary_key=True, max_length=20)
    item_id: str = Field(primary_key=True, max_length=64)
    version: int
    wrapped: bytes = Field(sa_column=Column(Sealed, nullable=False))


class AfsprakenKey(Afspraken, table=True):
    """The wrapped key of one item in `afspraken`."""

    __tablename__ = "sleutel"
    __table_args__ = {"sqlite_with_rowid": False}

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
        query = select(self._table).where(
            col(self._table.kind) == self._kind, col(self._table.item_id).in_(list(blobs))
        )
        texts: dict[str, str] = {}
        for row in (await tx.exec(query)).all():
            try:
                plain = unseal(self._unwrap(keyring, row), blobs[row.item_id], self._place(row.item_id, part))
            except Unreadable:
                continue
            texts[row.item_id] = plain.decode()
        return texts

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
        return f"{self._kind}/{item_id}/{part}".encode()
