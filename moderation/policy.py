"""The tables of moderation-spec 3 to 6: label and severity to decision, priority and clock. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Final

from moderation.verdicts import Decision, Place

P = Decision.PUBLISH
S = Decision.PUBLISH_SUPPORT
H = Decision.HOLD
B = Decision.BLOCK

UNAVAILABLE: Final = "checker_unavailable"
# label → severity → decision in a public place (table of §3).
PUBLIC: Final[Mapping[str, Mapping[int, Decision]]] = MappingProxyType(
    {
        "none": {0: P},
        "concern_other": {1: S},
        "crisis_now": {4: H},
        "suicidal_passive": {2: S},
        "self_harm": {2: S, 3: H},
        "method_info": {3: B, 4: B},
        "threat_violence": {2: H, 3: B, 4: B},
        "child_safety": {3: H, 4: B},
        "contact_seeking": {2: H},
        "harassment": {2: H, 3: B},
        "pii_phone": {2: B, 3: B},
        "pii_email": {2: B, 3: B},
        "pii_address": {2: B, 3: B},
        "pii_handle": {2: B, 3: B},
        "pii_bsn": {2: B, 3: B},
        "pii_iban": {3: B},
        "pii_name": {2: H, 3: H},
        "link": {1: H, 2: B},
        "spam": {1: H, 2: B},
        "drugs_trade": {3: B},
        "ed_promotion": {2: H, 3: B},
        "medical_advice": {2: H},
        UNAVAILABLE: {1: H},
    }
)
# In a talk these do not arrive; all else does (§4.3). Of the second group only what is gravest.
BLOCKED_IN_TALK: Final = frozenset(
    {"spam", "drugs_trade", "link", "pii_phone", "pii_email", "pii_address", "pii_handle", "pii_bsn", "pii_iban"}
)
BLOCKED_AT_ONCE: Final = frozenset({"method_info", "child_safety"})
PANELS: Final = MappingProxyType(
    {
        "crisis_now": "crisis",
        "method_info": "crisis",
        "suicidal_passive": "steun",
        "self_harm": "steun",
        "concern_other": "naaste",
    }
)
RULES: Final = MappingProxyType(
    {
        "harassment": "2", "threat_violence": "2", "child_safety": "2",
        "pii_phone": "3", "pii_email": "3", "pii_address": "3", "pii_handle": "3", "pii_bsn": "3", "pii_iban": "3",
        "pii_name": "3", "contact_seeking": "5",
        "method_info": "4", "self_harm": "4", "ed_promotion": "4", "medical_advice": "1", "crisis_now": "4",
        "suicidal_passive": "4", "concern_other": "4",
        "link": "5", "spam": "5", "drugs_trade": "5",
    }
)  # fmt: skip
FIRST_LOOK: Final = (
    timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=60), timedelta(hours=4), timedelta(hours=72),
)  # fmt: skip
CLAIM: Final = (
    timedelta(minutes=5), timedelta(minutes=10), timedelta(minutes=10), timedelta(minutes=10), timedelta(minutes=10),
)  # fmt: skip
GRACE: Final = timedelta(seconds=60)
APPEAL_WITHIN: Final = timedelta(days=30)
REPORT_LABELS: Final = MappingProxyType(
    {
        "kwetsend": ("harassment", 2),
        "gegevens": ("pii_name", 3),
        "crisis": ("suicidal_passive", 2),
        "reclame": ("spam", 1),
        "anders": ("none", 1),
    }
)


class Pace(IntEnum):
    """How somebody may write now; the higher one holds."""

    FREE = 0
    SLOW = 1
    STOPPED = 2


class ActKind(StrEnum):
    """What a moderator can do with a case (§6)."""

    APPROVE = "approve"
    HIDE = "hide"
    WARN = "warn"
    SLOW = "slow"
    TIMEOUT = "timeout"
    REMOVE = "remove_from_room"
    PAUSE_ROOM = "pause_room"
    SLOW_ROOM = "slow_room"


LONGEST: Final = MappingProxyType(
    {
        ActKind.SLOW: timedelta(hours=24),
        ActKind.TIMEOUT: timedelta(hours=24),
        ActKind.REMOVE: timedelta(days=7),
        ActKind.WARN: timedelta(days=90),
        ActKind.PAUSE_ROOM: timedelta(hours=24),
        ActKind.SLOW_ROOM: timedelta(hours=24),
    }
)
BROUGHT_IN: Final = "moderator"
"""The cause of a case that somebody of the team saw for themselves."""
STOPS_WRITING: Final = frozenset({ActKind.TIMEOUT, ActKind.REMOVE})
LIMITS_WRITING: Final = STOPS_WRITING | {ActKind.SLOW}
SLOW_SECONDS: Final = 120
"""Between two messages of somebody who is to write slower."""


def decide(label: str, severity: int, place: Place, *, from_team: bool = False, newcomer: bool = False) -> Decision:
    """Return what happens with a text of this label and severity (§3; §4.3 for talks; §2 for newcomers' links)."""
    if place is Place.TALK:
        return _decide_in_talk(label, severity, from_team=from_team)
    if newcomer and label == "link":
        return Decision.BLOCK
    return PUBLIC[label][severity]


def _decide_in_talk(label: str, severity: int, *, from_team: bool) -> Decision:
    """Return whether words reach the other person in a talk: nearly everything does, they must be able to answer."""
    blocked = label in BLOCKED_IN_TALK or (label in BLOCKED_AT_ONCE and severity == 4)
    if blocked or (from_team and label == "contact_seeking"):
        return Decision.BLOCK
    return Decision.PUBLISH_SUPPORT if label in PANELS else Decision.PUBLISH


def priority(label: str, severity: int) -> int:
    """Return 0 (look now) to 4 for the queue (§5)."""
    if severity == 4:
        return 0
    if severity == 3 and label not in ("drugs_trade", "ed_promotion"):
        return 1
    if label in ("suicidal_passive", "self_harm", "contact_seeking", "harassment", "threat_violence"):
        return 2
    return 3


def lightest(label: str) -> int:
    """Return the least severity of a label, for a case that a person brings in."""
    return min(PUBLIC[label])


def panel(labels: Sequence[str]) -> str | None:
    """Return which panel the author sees at once; labels: the one that decides first, then the others by weight.

    A message that is refused for a number or an insult still brings help when it speaks of not wanting to live. Who
    wants to compare wounds is held, and hears of help as well.
    """
    return next((PANELS[label] for label in labels if label in PANELS), None)


def house_rule(label: str) -> str:
    """Return the number of the house rule that a label touches."""
    return RULES.get(label, "1")


def alarm(label: str, severity: int, place: Place) -> bool:
    """Say whether somebody on duty is called; a question about methods in a talk calls too (§4.3)."""
    return severity == 4 or label == UNAVAILABLE or (label == "method_info" and place is Place.TALK)


def text_key(label: str, severity: int, decision: Decision) -> str:
    """Return the key of what the author is told (content/teksten/moderatie.toml)."""
    if (label, severity) == ("child_safety", 3):
        return "mod.young"
    if decision is Decision.HOLD:
        return "mod.waiting"
    return f"mod.{label}" if decision is Decision.BLOCK else "mod.placed"
