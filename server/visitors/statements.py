"""What a moderator told a writer and why, and asking another one to look again.

The words about a case are sealed with the text it is about, and go with it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import moderation
from moderation import Act, Place, Statement
from server.kit.db.database import Tx
from server.kit.db.sealed import SealedItems
from server.kit.db.tables import Hoofd
from server.kit.errors import NotFound
from server.kit.limits import Rule
from server.kit.runtime import Runtime
from server.kit.text import clean

APPEAL_CHARS: Final = 1000
OBJECTING: Final = Rule("bezwaar", 5)
CASES: Final = SealedItems(Hoofd, "case")
"""What a case keeps, under the id of its subject: the text, and per act the reason, the objection and its answer."""


class DecisionUnknown(NotFound):
    """No such decision, one about somebody else, or one that can be contested no longer."""

    code = "besluit_onbekend"


@dataclass(frozen=True)
class Told:
    """A decision as its author reads it. answer: what another moderator said to the objection."""

    act_id: str
    kind: str
    text: str
    house_rule: str
    at: datetime
    until: datetime | None
    appealed: bool
    outcome: str | None
    answer: str
    subject_id: str


def reason_part(act_id: str) -> str:
    """Return the name of the reason of an act, among what its case keeps."""
    return f"reason/{act_id}"


def appeal_part(act_id: str) -> str:
    """Return the name of an objection."""
    return f"appeal/{act_id}"


def answer_part(act_id: str) -> str:
    """Return the name of the answer to an objection."""
    return f"answer/{act_id}"


async def told(tx: Tx, rt: Runtime, keys: Collection[str]) -> list[Told]:
    """Return what the writer with these author keys may read now, oldest first."""
    found = await moderation.statements(tx, list(keys), rt.clock.now())
    blobs = {(one.subject_id, reason_part(one.act_id)): one.reason for one in found}
    blobs |= {(one.subject_id, answer_part(one.act_id)): one.answer for one in found if one.answer}
    words = await CASES.open_parts(tx, rt.keyring, blobs)
    return [_told(one, words) for one in found]


async def contestable(tx: Tx, rt: Runtime, keys: Collection[str], act_id: str) -> Told:
    """Return a decision that this writer may still object to. Raises DecisionUnknown."""
    found = next((one for one in await told(tx, rt, keys) if one.act_id == act_id and not one.appealed), None)
    if found is None:
        raise DecisionUnknown
    return found


async def appeal(rt: Runtime, keys: Collection[str], limit: str, act_id: str, text: str) -> str | None:
    """Ask another moderator to look at a decision. Returns the panel that the words call for, if any.

    limit: opaque key of the writer. Raises Invalid, TooMany, or DecisionUnknown when it is about somebody else or older
    than 30 days.
    """
    text = clean(text, "tekst", max_chars=APPEAL_CHARS)
    await rt.limits.hit(OBJECTING, limit)
    async with rt.stores.hoofd.transaction() as tx:
        act = await tx.get(Act, act_id)
        if act is None or act.author_key not in keys:
            raise DecisionUnknown
        sealed = await CASES.seal(tx, rt.keyring, act.subject_id, text, appeal_part(act_id))
        try:
            await moderation.appeal(tx, act_id, act.author_key, sealed, rt.clock.now())
        except moderation.ModerationError as error:
            raise DecisionUnknown from error
    return moderation.check(text, place=Place.FORUM).panel


def _told(one: Statement, words: dict[tuple[str, str], str]) -> Told:
    return Told(
        one.act_id, one.kind, words.get((one.subject_id, reason_part(one.act_id)), ""), one.house_rule, one.at,
        one.until, one.appealed, one.outcome, words.get((one.subject_id, answer_part(one.act_id)), ""), one.subject_id,
    )  # fmt: skip
