"""What a moderator can be refused, each with a stable code and the key of a plain text."""


class ModerationError(Exception):
    """A deed that cannot be done. code is stable; status is the HTTP status a door may answer with."""

    code = "moderatie"
    status = 409
    key = "mod.fout.kan_niet"


class CaseGone(ModerationError):
    """No such case, or closed."""

    code = "zaak_weg"
    status = 404
    key = "mod.fout.weg"


class CaseTaken(ModerationError):
    """A colleague has claimed it and is still busy."""

    code = "zaak_bezet"
    key = "mod.fout.bezet"


class StaleCase(ModerationError):
    """The case changed after this screen was drawn."""

    code = "zaak_gewijzigd"
    key = "mod.fout.gewijzigd"


class NotClaimed(ModerationError):
    """Who decides must have claimed the case first."""

    code = "niet_opgepakt"
    key = "mod.fout.niet_opgepakt"


class ReasonMissing(ModerationError):
    """Every act but approve needs a category, a house rule and a reason that is not empty."""

    code = "reden_ontbreekt"
    status = 422
    key = "mod.fout.reden"


class OwnDecision(ModerationError):
    """An appeal is decided by somebody who took no part."""

    code = "eigen_besluit"
    status = 403
    key = "mod.fout.eigen"


class TooLate(ModerationError):
    """The time for this has passed."""

    code = "te_laat"
    key = "mod.fout.te_laat"


class SecondModeratorNeeded(ModerationError):
    """This act counts only when two moderators agree."""

    code = "tweede_moderator"
    status = 403
    key = "mod.fout.tweede"
