"""Finding words in kept texts: one table of Dutch stems, with the same answer on SQLite and PostgreSQL.

The stems of a text stand apart from it, in a table that is in no dump (privacy 4.6). What may not be found any more is
taken out in the transaction that hides or deletes it. A query never becomes query syntax: it is cut into words, and
each word is only ever a value in a comparison.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache
from typing import Final

import snowballstemmer
from sqlalchemy import Index, String
from sqlmodel import Field, col, delete, select
from sqlmodel.sql.expression import SelectOfScalar

from server.kit.db.database import Tx
from server.kit.db.tables import Hoofd
from server.kit.text import Empty

MAX_QUERY: Final = 200
MAX_QUERY_WORDS: Final = 8
MAX_STEM: Final = 40
PREFIX_FROM: Final = 4
"""From this length on a word also finds longer ones that begin with it: Dutch writes compounds as one word."""
WORD: Final = re.compile(r"[^\W_]+")
LAST_CHARACTER: Final = "\U0010ffff"

_stemmer = snowballstemmer.stemmer("dutch")
# Both databases must put stems in the same order; PostgreSQL's default depends on the machine's language.
_Stem = String(MAX_STEM).with_variant(String(MAX_STEM, collation="C"), "postgresql")


class Stem(Hoofd, table=True):
    """One stem of one text. kind: which slice; item_id: the text that has it; place_id: what is found by it."""

    __tablename__ = "stem"
    __table_args__ = (
        Index("ix_stem_kind_item_id", "kind", "item_id"),
        {"sqlite_with_rowid": False, "info": {"dump": "never"}},
    )

    kind: str = Field(primary_key=True, max_length=20)
    stem: str = Field(primary_key=True, sa_type=_Stem)
    item_id: str = Field(primary_key=True, max_length=32)
    place_id: str = Field(max_length=32)


def words(text: str) -> list[str]:
    """Return the words of a text in order: lower case, without accents, letters and digits only."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return WORD.findall("".join(character for character in plain if not unicodedata.combining(character)))


def stems(text: str) -> frozenset[str]:
    """Return the stems of a text, for the index."""
    return frozenset(map(_stem, words(text)))


def query_stems(query: str, stopwords: Collection[str] = ()) -> list[str]:
    """Return what to look for, in order, each once. Raises Empty when no word is left.

    Cut at 200 characters and eight words; stop words count only when there is nothing else. Operators, wildcards and
    quotes are no words, so they vanish. Source: reliability-spec 7, "forum/search".
    """
    found = words(query[:MAX_QUERY])
    telling = [word for word in found if word not in stopwords] or found
    if not telling:
        raise Empty(field="woorden")
    return list(dict.fromkeys(map(_stem, telling)))[:MAX_QUERY_WORDS]


def places(kind: str, stem: str) -> SelectOfScalar[str]:
    """Return the query for the places of a kind where some text has this stem, or a longer word that begins so."""
    has = col(Stem.stem) == stem
    if len(stem) >= PREFIX_FROM:
        has = (col(Stem.stem) >= stem) & (col(Stem.stem) < stem + LAST_CHARACTER)
    return select(Stem.place_id).where(col(Stem.kind) == kind, has)


async def index(tx: Tx, kind: str, place_id: str, item_id: str, texts: Iterable[str]) -> None:
    """Make the words of an item findable, in place of those it had."""
    await unindex(tx, kind, [item_id])
    for stem in sorted(stems("\n".join(texts))):
        tx.add(Stem(kind=kind, stem=stem, item_id=item_id, place_id=place_id))


async def unindex(tx: Tx, kind: str, item_ids: Sequence[str]) -> None:
    """Take items out of the index; they are not found any more from the commit on."""
    await tx.exec(delete(Stem).where(col(Stem.kind) == kind, col(Stem.item_id).in_(list(item_ids))))


@lru_cache(maxsize=20_000)
def _stem(word: str) -> str:
    return str(_stemmer.stemWord(word))[:MAX_STEM]
