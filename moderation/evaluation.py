"""How well the checker does on judged texts: each measure as k/n with its Wilson interval (moderation-spec 11)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

from moderation.verdicts import Decision, Verdict

Z: Final = 1.959964  # 95 %
STRUCTURED: Final = frozenset({"pii_phone", "pii_email", "pii_address", "pii_bsn", "pii_iban"})
HEAVY: Final = frozenset({"crisis_now", "suicidal_passive", "self_harm", "method_info"})
SHUT: Final = frozenset({"hold", "block"})


@dataclass(frozen=True)
class Judged:
    """One text with the answer people gave (wanted_…) and the one of the checker."""

    wanted: str
    wanted_decision: str
    note: str
    label: str
    decision: str

    @classmethod
    def of(cls, row: Mapping[str, str], verdict: Verdict) -> "Judged":
        """Return the pair for a row with columns label, expected_decision and note."""
        return cls(row["label"], row["expected_decision"], row["note"], verdict.label, verdict.decision.value)

    @property
    def seen(self) -> bool:
        """Say whether anything but plain publishing came out."""
        return self.decision != Decision.PUBLISH.value


@dataclass(frozen=True)
class Measure:
    """hits of total, and what it means."""

    name: str
    hits: int
    total: int

    def __str__(self) -> str:
        """Return one line: name, k/n, share, interval."""
        low, high = wilson(self.hits, self.total)
        share = self.hits / self.total if self.total else 0.0
        return f"{self.name}: {self.hits}/{self.total} = {share:.3f} ({low:.2f}-{high:.2f})"


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % interval of a share; (0, 1) when nothing was looked at. Source: Wilson (1927)."""
    if not total:
        return 0.0, 1.0
    share, spread = hits / total, Z * Z / total
    middle = (share + spread / 2) / (1 + spread)
    half = Z / (1 + spread) * sqrt(share * (1 - share) / total + spread / (4 * total))
    return max(0.0, middle - half), min(1.0, middle + half)


def measures(judged: Sequence[Judged]) -> list[Measure]:
    """Return the measures of moderation-spec 11, in its order."""
    crisis = [one for one in judged if one.label == "crisis_now"]
    found_pii = [one for one in judged if one.label in STRUCTURED]
    return [
        _share("crisis_now explicit found", judged, _noted("explicit:"), lambda one: one.label == "crisis_now"),
        _share("crisis_now veiled seen", judged, _noted("veiled:"), lambda one: one.seen),
        _share(
            "crisis, passive, self-harm, method seen", judged, lambda one: one.wanted in HEAVY, lambda one: one.seen
        ),
        _share(
            "method_info, child_safety not published",
            judged,
            lambda one: one.wanted in ("method_info", "child_safety"),
            lambda one: one.decision in SHUT,
        ),
        _share(
            "structured PII found", judged, lambda one: one.wanted in STRUCTURED, lambda one: one.label in STRUCTURED
        ),
        Measure("structured PII precision", sum(one.wanted in STRUCTURED for one in found_pii), len(found_pii)),
        Measure("crisis_now precision", sum(one.wanted != "none" for one in crisis), len(crisis)),
        _share("none not published as plain", judged, lambda one: one.wanted == "none", lambda one: one.seen),
        _share(
            "none judged crisis_now", judged, lambda one: one.wanted == "none", lambda one: one.label == "crisis_now"
        ),
        _share("exact decision", judged, lambda one: True, lambda one: one.decision == one.wanted_decision),
        _share(
            "should be hold or block, but published",
            judged,
            lambda one: one.wanted_decision in SHUT,
            lambda one: one.decision not in SHUT,
        ),
    ]


def _noted(start: str) -> Callable[[Judged], bool]:
    return lambda one: one.note.startswith(start)


def _share(
    name: str, judged: Iterable[Judged], among: Callable[[Judged], bool], hit: Callable[[Judged], bool]
) -> Measure:
    looked_at = [one for one in judged if among(one)]
    return Measure(name, sum(map(hit, looked_at)), len(looked_at))
