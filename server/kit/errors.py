"""Errors a person can be told about: a stable code, a status and the key of a plain text."""


class AppError(Exception):
    """Something went wrong in a way we can explain.

    code is stable and Dutch (reliability-spec 2 and 7), status the HTTP status, key names the text in content/teksten,
    args fill that text, field names the input at fault, retry_ms says when trying again makes sense.
    None of them may carry what somebody typed.
    """

    code = "fout"
    status = 500
    key = "fout.500"

    def __init__(
        self,
        code: str | None = None,
        *,
        key: str | None = None,
        field: str | None = None,
        retry_ms: int | None = None,
        **args: object,
    ) -> None:
        """Keep the class's code and key where none are given."""
        self.code = code or type(self).code
        self.key = key or type(self).key
        self.field = field
        self.retry_ms = retry_ms
        self.values = args
        super().__init__(self.code)


class NotFound(AppError):
    """It is not there, or not for this person: one answer for both."""

    code = "niet_gevonden"
    status = 404
    key = "fout.404"


class Forbidden(AppError):
    """This person may not do this."""

    code = "geen_toegang"
    status = 403
    key = "fout.geen_toegang"


class Conflict(AppError):
    """Somebody else was first."""

    code = "bezet"
    status = 409
    key = "fout.bezet"


class Invalid(AppError):
    """What was sent cannot be taken like this."""

    code = "ongeldig_bericht"
    status = 422
    key = "fout.ongeldig"


class TooMany(AppError):
    """Too much in too short a time; retry_ms says how long to wait."""

    code = "te_snel"
    status = 429
    key = "fout.te_snel"


class Unavailable(AppError):
    """A part we need does not answer now."""

    code = "opslag_weg"
    status = 503
    key = "fout.opslag"
