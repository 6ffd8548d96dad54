"""Answers to one message: what may be answered, and the first words that stand above the answer."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlmodel import col, select

from server.chat import queries
from server.chat.models import Message, MessageState, Room
from server.kit.db.database import Tx
from server.kit.keys import Keyring

FIRST_WORDS = 80


@dataclass(frozen=True)
class Quote:
    """What is shown of an answered message. words None: it may not or can no longer be read (promise P6)."""

    id: str
    seq: int | None
    name: str
    words: str | None


async def quotes(tx: Tx, keyring: Keyring, place: Room, ids: Iterable[str | None]) -> dict[str, Quote]:
    """Return what is shown of these messages now, by id; those that are gone altogether are left out."""
    wanted = {id_ for id_ in ids if id_}
    if not wanted:
        return {}
    query = select(Message).where(col(Message.room_id) == place.id, col(Message.id).in_(wanted))
    return {row.id: quote(keyring, place, row) for row in (await tx.exec(query)).all()}


def quote(keyring: Keyring, place: Room, row: Message) -> Quote:
    """Return the name and the first words of one message."""
    content = queries.content(keyring, place, row) if row.state is MessageState.PLACED else None
    if content is None:
        return Quote(row.id, row.seq, "", None)
    return Quote(row.id, row.seq, content.name, first_words(content.text))


def first_words(text: str) -> str:
    """Return a text on one line, cut at a word after at most 80 characters."""
    line = " ".join(text.split())
    if len(line) <= FIRST_WORDS:
        return line
    return line[:FIRST_WORDS].rsplit(" ", 1)[0] + "…"
