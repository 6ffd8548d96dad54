"""Judging texts and deciding on them. Knows no web page and no server; everything that others call stands here."""

from moderation.acts import (
    Sanction,
    Statement,
    act,
    active_sanctions,
    appeal,
    decide_appeal,
    open_appeals,
    revert,
    statements,
    stopped,
)
from moderation.checker import check
from moderation.errors import (
    CaseGone,
    CaseTaken,
    ModerationError,
    NotClaimed,
    OwnDecision,
    ReasonMissing,
    StaleCase,
    TooLate,
)
from moderation.measures import impose, lift
from moderation.models import Act, Appeal, Case, ModerationTable
from moderation.policy import ActKind
from moderation.queue import (
    Waiting,
    claim,
    due,
    earlier,
    file_report,
    file_verdict,
    filed,
    get,
    held_by,
    release,
    waiting,
)
from moderation.reasons import Reason, reasons, suggested
from moderation.retention import forget
from moderation.verdicts import Decision, Place, Subject, Verdict

__all__ = [
    "Act",
    "ActKind",
    "Appeal",
    "Case",
    "CaseGone",
    "CaseTaken",
    "Decision",
    "ModerationError",
    "ModerationTable",
    "NotClaimed",
    "OwnDecision",
    "Place",
    "Reason",
    "ReasonMissing",
    "Sanction",
    "StaleCase",
    "Statement",
    "Subject",
    "TooLate",
    "Verdict",
    "Waiting",
    "act",
    "active_sanctions",
    "appeal",
    "check",
    "claim",
    "decide_appeal",
    "due",
    "earlier",
    "file_report",
    "file_verdict",
    "filed",
    "forget",
    "get",
    "held_by",
    "impose",
    "lift",
    "open_appeals",
    "reasons",
    "release",
    "revert",
    "statements",
    "stopped",
    "suggested",
    "waiting",
]
