"""Reading a posted form: small, of the right type, without unexpected fields (reliability-spec 7, "HTTP write")."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import Request

from server.kit.errors import AppError, Invalid

MAX_BODY: Final = 64 * 1024
MAX_FIELDS: Final = 64
FORM_TYPE: Final = "application/x-www-form-urlencoded"
ALWAYS: Final = frozenset({"csrf"})


class WrongType(AppError):
    """A body that is no plain form: an upload, JSON, or compressed."""

    code = "verkeerd_type"
    status = 415
    key = "fout.ongeldig"


class TooLarge(AppError):
    """A body over 64 KiB."""

    code = "te_groot"
    status = 413
    key = "fout.te_groot"


class BadEncoding(AppError):
    """Bytes that are no UTF-8."""

    code = "ongeldig_bericht"
    status = 400
    key = "fout.ongeldig"


class Form(Mapping[str, str]):
    """What was posted: the last value of a field by name, all values with `all`."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        """Keep the pairs in order."""
        self._pairs = pairs
        self._last = dict(pairs)

    def __getitem__(self, name: str) -> str:
        """Return the last value. A field that was left out is an empty text: browsers leave out empty boxes."""
        return self._last.get(name, "")

    def __contains__(self, name: object) -> bool:
        """Say whether the field was sent."""
        return name in self._last

    def __iter__(self) -> Iterator[str]:
        """Walk the names that were sent."""
        return iter(self._last)

    def __len__(self) -> int:
        """Count the names."""
        return len(self._last)

    def all(self, name: str) -> list[str]:
        """Return every value of a field, in order."""
        return [value for key, value in self._pairs if key == name]


async def read_form(request: Request) -> Form:
    """Read the body once; later calls for the same request give the same form.

    Raises WrongType (415), TooLarge (413), BadEncoding (400) or Invalid (422).
    """
    known = request.scope.get("moi.form")
    if isinstance(known, Form):
        return known
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != FORM_TYPE:
        raise WrongType
    if request.headers.get("content-encoding", "identity") != "identity":
        raise WrongType
    form = Form(_pairs(await read_body(request)))
    request.scope["moi.form"] = form
    return form


def fields(*names: str) -> Callable[[Request], Awaitable[Form]]:
    """Return a dependency that reads the form and refuses fields outside this list (422)."""
    allowed = ALWAYS | set(names)

    async def dependency(request: Request) -> Form:
        form = await read_form(request)
        if set(form) - allowed:
            raise Invalid("onbekend_veld")
        return form

    return dependency


async def read_body(request: Request) -> bytes:
    """Return the body. Raises TooLarge over 64 KiB."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise TooLarge
    return bytes(body)


def _pairs(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS, encoding="utf-8", errors="strict"
        )
    except UnicodeDecodeError:
        raise BadEncoding from None
    except ValueError:
        raise Invalid from None
