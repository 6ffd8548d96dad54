"""What text is taken in: the same rules for every field and frame (reliability-spec 7, rows "all text")."""

import re
import unicodedata
from typing import Final

from server.kit.errors import Invalid

# C0 and C1 controls except newline and tab, lone surrogates, bidi overrides and isolates.
FORBIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
ZERO_WIDTH: Final = re.compile("[\u200b\u2060\ufeff]")
# ZWJ joins emoji, ZWNJ stands between letters; anywhere else both are only hiding places.
LOOSE_JOINER: Final = re.compile(
    "(?<![\U0001f000-\U0001faff\u2600-\u27bf\ufe0f])\u200d|\u200d(?![\U0001f000-\U0001faff\u2600-\u27bf])"
)
LOOSE_NON_JOINER: Final = re.compile(r"(?<![^\W\d_])\u200c|\u200c(?![^\W\d_])")
MAX_NEWLINES: Final = 20
MAX_MARKS: Final = 5


class ForbiddenCharacters(Invalid):
    """The text holds characters we do not take: controls, direction overrides, stacked marks, too many lines."""

    code = "verboden_tekens"
    key = "fout.tekens"


class TooLong(Invalid):
    """The text is longer than the field allows."""

    code = "te_lang"
    key = "fout.te_lang"


class Empty(Invalid):
    """Nothing is left to send."""

    code = "leeg"
    key = "fout.leeg"


def clean(
    text: str, field: str = "text", *, max_chars: int = 2000, max_bytes: int | None = None, single_line: bool = False
) -> str:
    """Return the text in NFC without invisible characters and outer white space.

    max_chars counts code points after NFC; max_bytes bounds UTF-8 and is four per character where it is not given.
    Raises ForbiddenCharacters, TooLong or Empty, each naming the field and never the text.
    Source: reliability-spec 2.7 and 7.
    """
    if len(text) > 4 * max_chars + 100:  # before any work: nobody types this
        raise TooLong(field=field, max=max_chars)
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    if FORBIDDEN.search(text) or text.count("\n") > MAX_NEWLINES or _stacked(text) or (single_line and "\n" in text):
        raise ForbiddenCharacters(field=field)
    for hidden in () if text.isascii() else (ZERO_WIDTH, LOOSE_JOINER, LOOSE_NON_JOINER):
        text = hidden.sub("", text)
    text = text.strip()
    if not text:
        raise Empty(field=field)
    if len(text) > max_chars or len(text.encode()) > (max_bytes or 4 * max_chars):
        raise TooLong(field=field, max=max_chars)
    return text


def _stacked(text: str) -> bool:
    """Say whether more than five combining marks stand in a row."""
    if text.isascii():
        return False
    run = 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) else 0
        if run > MAX_MARKS:
            return True
    return False
