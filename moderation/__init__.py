"""Judging texts and deciding on them. Knows no web page and no server; everything that others call stands here."""

from moderation.acts import (
    Sanction,
    Statement,
    act,
    active_sanctions,
    appeal,
    decide_appeal,
    limited,
    open_appeals,
    revert,
    statements,
)
from moderation.checker import check, looks_back
from moderation.checker.rulebook import RulebookError
from moderation.checker.shelf import refresh as refresh_rules
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
from moderation.policy import BROUGHT_IN, SLOW_SECONDS, STOPS_WRITING, ActKind, Pace
from moderation.queue import (
    Waiting,
    claim,
    due,
    earlier,
    file_by_team,
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
    "BROUGHT_IN",
    "SLOW_SECONDS",
    "STOPS_WRITING",
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
    "Pace",
    "Place",
    "Reason",
    "ReasonMissing",
    "RulebookError",
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
    "file_by_team",
    "file_report",
    "file_verdict",
    "filed",
    "forget",
    "get",
    "held_by",
    "impose",
    "lift",
    "limited",
    "looks_back",
    "open_appeals",
    "reasons",
    "refresh_rules",
    "release",
    "revert",
    "statements",
    "suggested",
    "waiting",
]
