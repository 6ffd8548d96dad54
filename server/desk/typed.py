"""What a moderator filled in: read from the form, and shown again when it could not be accepted."""

from dataclasses import dataclass

import moderation
from moderation import ActKind, Reason
from server.desk.service import Decision, Why
from server.kit.errors import Invalid
from server.kit.forms import Form


class ChoiceMissing(Invalid):
    """No decision was chosen, or one that we do not have."""

    code = "keuze_ontbreekt"
    key = "desk.fout.keuze"


@dataclass(frozen=True)
class Typed:
    """The state of the form. was: the text it was given with, so that a changed one is known."""

    kind: str
    reason: str
    text: str
    was: str


def decision(form: Form) -> Decision:
    """Return the decision in a form. Raises ChoiceMissing.

    Without script another reason cannot fill the text field: a text nobody changed is then that of the chosen reason.
    """
    try:
        kind, version = ActKind(form["besluit"]), int(form["versie"])
    except ValueError:
        raise ChoiceMissing(field="besluit") from None
    if kind is ActKind.APPROVE:
        return Decision(kind, version)
    told = why(form)
    return Decision(kind, version, told.category, told.house_rule, told.text)


def why(form: Form) -> Why:
    """Return the reason in a form, as its author will read it. Raises ChoiceMissing."""
    reason = _reason(form["reden_soort"])
    if reason is None:
        raise ChoiceMissing(field="reden_soort")
    return Why(reason.category, reason.house_rule, _text(form, reason))


def outcome(form: Form) -> str:
    """Return what was decided on an objection. Raises ChoiceMissing."""
    if form["besluit"] not in ("uphold", "overturn"):
        raise ChoiceMissing(field="besluit")
    return form["besluit"]


def shown(form: Form | None, suggested: Reason | None) -> Typed:
    """Return what the form shows: what was typed, or the reason that fits the label."""
    if form is not None:
        return Typed(form["besluit"], form["reden_soort"], _plain(form["reden"]), _plain(form["reden_was"]))
    if suggested is None:
        return Typed("", "", "", "")
    return Typed("", suggested.id, suggested.text, suggested.text)


def _text(form: Form, reason: Reason) -> str:
    typed = _plain(form["reden"])
    return reason.text if typed == _plain(form["reden_was"]) else typed


def _plain(text: str) -> str:
    """Return a text as it was before a browser sent it: forms travel with \\r\\n."""
    return text.replace("\r\n", "\n").strip()


def _reason(reason_id: str) -> Reason | None:
    return next((reason for reason in moderation.reasons() if reason.id == reason_id), None)
