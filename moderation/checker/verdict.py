"""From hits to one verdict: crisis decides, else the highest severity; parts are masked (moderation-spec 3)."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from moderation import policy
from moderation.checker.normalise import Folded
from moderation.checker.rules import Hit, by_label
from moderation.verdicts import Place, Verdict

MASK: Final = "▇"
MASKED: Final = frozenset({"pii_phone", "pii_email", "pii_address", "pii_handle", "pii_bsn", "pii_iban", "link"})
ORDER: Final = (
    "crisis_now", "child_safety", "method_info", "threat_violence", "self_harm", "suicidal_passive", "drugs_trade",
    "harassment", "pii_bsn", "pii_iban", "pii_phone", "pii_email", "pii_address", "pii_handle", "ed_promotion",
    "contact_seeking", "pii_name", "medical_advice", "spam", "link", "concern_other",
)  # fmt: skip
"""Which label names the verdict when severities are equal: the one that asks most of a moderator."""
TEAM: Final = MASKED | {"contact_seeking"}
"""What is looked for in a text of the team: they must be able to name everything else (moderation-spec 4.3)."""


def decide(hits: Sequence[Hit], folded: Folded, place: Place, *, from_team: bool, newcomer: bool) -> Verdict:
    """Return the verdict on a text with these hits."""
    if not hits:  # nearly every text; nothing of it stays behind
        calm = _calm(place, from_team, newcomer)
        return Verdict(
            calm.label, calm.severity, calm.decision, calm.panel, folded.raw, calm.house_rule, calm.key, (), calm.alarm
        )
    return _decided(hits, folded, place, from_team, newcomer)


@cache
def _calm(place: Place, from_team: bool, newcomer: bool) -> Verdict:
    """Return the verdict on a text in which nothing was found."""
    return _decided((), Folded("", "", None), place, from_team, newcomer)


def _decided(hits: Sequence[Hit], folded: Folded, place: Place, from_team: bool, newcomer: bool) -> Verdict:
    live = [hit for hit in hits if not hit.shadow and (not from_team or hit.label in TEAM)]
    labels = by_label(live)
    label, severity = _leading(labels)
    decision = policy.decide(label, severity, place, from_team=from_team, newcomer=newcomer)
    return Verdict(
        label=label,
        severity=severity,
        decision=decision,
        panel=policy.panel([label, *sorted(labels, key=_rank)]),
        masked=mask(folded, live),
        house_rule=policy.house_rule(label),
        key=policy.text_key(label, severity, decision),
        rules=tuple(dict.fromkeys(hit.rule for hit in live)),
        alarm=policy.alarm(label, severity, place),
        labels=tuple(sorted(labels, key=_rank)),
        shadow=tuple(dict.fromkeys(hit.rule for hit in hits if hit.shadow)),
    )


def unavailable(text: str, place: Place) -> Verdict:
    """Return what happens when the checker fails or is too slow: wait for a person, but never in a talk (spec 1.5)."""
    decision = policy.decide(policy.UNAVAILABLE, 1, place)
    return Verdict(
        label=policy.UNAVAILABLE, severity=1, decision=decision, panel=None, masked=text, house_rule="1",
        key=policy.text_key(policy.UNAVAILABLE, 1, decision), alarm=True, labels=(policy.UNAVAILABLE,),
    )  # fmt: skip


def mask(folded: Folded, hits: Sequence[Hit]) -> str:
    """Return the raw text with every found part replaced; the length of a part does not show."""
    spans = sorted({folded.raw_span(*hit.span) for hit in hits if hit.span and hit.label in MASKED})
    kept, done = "", 0
    for start, end in spans:
        if start >= done:
            kept += folded.raw[done:start] + MASK * 3
        done = max(done, end)
    return kept + folded.raw[done:]


def _leading(labels: Mapping[str, int]) -> tuple[str, int]:
    if not labels:
        return "none", 0
    if "crisis_now" in labels:
        return "crisis_now", labels["crisis_now"]
    label = min(labels, key=lambda one: (-labels[one], _rank(one)))
    return label, labels[label]


def _rank(label: str) -> int:
    return ORDER.index(label) if label in ORDER else len(ORDER)
