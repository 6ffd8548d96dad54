"""The catalogues of gettext. `python -m web.collect` brings them up to date.

The .po files are read when the process starts, so there is nothing to compile and nothing that can be out of date.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALE = Path(__file__).parent / "locale"
TRANSLATED = ("en",)


@cache
def catalogue(lang: str) -> NullTranslations:
    """Return the translations of a language; Dutch answers each sentence with itself."""
    path = path_of(lang)
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(lang))
    compiled.seek(0)
    return Translations(compiled)


def read_catalogue(lang: str) -> Catalog:
    """Return the catalogue file of a language, empty when there is none yet."""
    path = path_of(lang)
    if not path.exists():
        return Catalog(locale=lang, project="Moi", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=lang)


def path_of(lang: str) -> Path:
    """Return where the catalogue of a language stands."""
    return LOCALE / lang / "LC_MESSAGES" / "messages.po"
