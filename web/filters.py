"""Dates, times and telephone numbers in words. Times are shown in Europe/Amsterdam, in 24 hours (ux-spec section 6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from functools import partial
from zoneinfo import ZoneInfo

from babel.dates import format_date

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
_AT = {"nl": "om", "en": "at"}
_TODAY = {"nl": ("vandaag", "morgen", "gisteren"), "en": ("today", "tomorrow", "yesterday")}


def for_language(lang: str) -> dict[str, Callable[..., str]]:
    """Return the filters by name, with their language filled in."""
    return {
        "date_words": partial(date_words, lang=lang),
        "day_words": partial(day_words, lang=lang),
        "opening_words": partial(opening_words, lang=lang),
        "clock": clock,
        "phone": phone,
        "dial": dial,
        "initial": initial,
    }


def date_words(value: date | datetime, *, lang: str = "nl", year: bool = False) -> str:
    """Return a day in words: "maandag 3 november", with the year on request."""
    return format_date(_local(value), "EEEE d MMMM y" if year else "EEEE d MMMM", locale=lang)


def day_words(value: date | datetime, today: date, *, lang: str = "nl") -> str:
    """Return "vandaag", "morgen", "gisteren", or the day in words. today: the local day of now."""
    day = _local(value)
    near = dict(zip((0, 1, -1), _TODAY.get(lang, _TODAY["nl"]), strict=True))
    return near.get((day - today).days) or date_words(day, lang=lang)


def opening_words(value: datetime, today: date, *, lang: str = "nl") -> str:
    """Return when something opens: "vandaag om 19:00", "maandag 3 november om 10:00". today: the local day of now."""
    return f"{day_words(value, today, lang=lang)} {_AT.get(lang, _AT['nl'])} {clock(value)}"


def clock(value: datetime | time) -> str:
    """Return hours and minutes, "14:05". An aware moment is turned into local time first."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(AMSTERDAM)
    return value.strftime("%H:%M")


def phone(value: str) -> str:
    """Return a telephone number that does not break over two lines."""
    return value.strip().replace(" ", "\N{NO-BREAK SPACE}").replace("-", "\N{NON-BREAKING HYPHEN}")


def dial(value: str) -> str:
    """Return what stands after tel: — digits and a leading plus only."""
    return "".join(c for c in value if c.isdigit() or c == "+")


def initial(value: str) -> str:
    """Return the sentence with a capital first letter, the rest untouched."""
    return value[:1].upper() + value[1:]


def _local(value: date | datetime) -> date:
    if isinstance(value, datetime):
        return value.astimezone(AMSTERDAM).date() if value.tzinfo else value.date()
    return value
