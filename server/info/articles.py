"""Pages and tips from content/paginas: Markdown with TOML on top, read when the process starts."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup

FOLDER = Path(__file__).parent.parent.parent / "content" / "paginas"
SOURCE = "nl"
CODE = re.compile(r"[0-9a-f]{8}")


@dataclass(frozen=True)
class Article:
    """One page. code is empty for a standing page; theme is the number of a theme in the sociale kaart, or 0.

    lang is the language the text is in, which may differ from the one that was asked for.
    """

    title: str
    body: Markup
    checked_on: date
    checked_by: str
    lang: str = SOURCE
    code: str = ""
    group: str = ""
    kind: str = ""
    in_short: tuple[str, ...] = ()
    do_now: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    theme: int = 0


@cache
def standing(name: str, lang: str = SOURCE) -> Article:
    """Return a standing page, in Dutch when there is no translation. Raises FileNotFoundError on an unknown name."""
    return _read(f"{name}.md", lang)


@cache
def tips(lang: str = SOURCE) -> Mapping[str, Article]:
    """Return all tips by code, in the order of their file names. Raises ValueError on a wrong or double code."""
    found: dict[str, Article] = {}
    for path in sorted((FOLDER / "tips").glob("*.md")):
        article = _read(f"tips/{path.name}", lang)
        if not CODE.fullmatch(article.code) or article.code in found:
            raise ValueError(f"{path.name}: code must be 8 characters 0-9 a-f that no other tip has")
        found[article.code] = article
    return found


def grouped(articles: Mapping[str, Article]) -> dict[str, list[Article]]:
    """Return articles by group; groups in the order of their first tip."""
    groups: dict[str, list[Article]] = {}
    for article in articles.values():
        groups.setdefault(article.group, []).append(article)
    return groups


def _read(name: str, lang: str) -> Article:
    translated = FOLDER / lang / name
    exists = lang != SOURCE and translated.exists()
    text = (translated if exists else FOLDER / name).read_text(encoding="utf-8")
    _, head, body = text.split("+++\n", 2)
    about = tomllib.loads(head)
    lists: dict[str, Any] = {key: tuple(about.pop(key, ())) for key in ("in_short", "do_now", "questions")}
    prefix = "" if lang == SOURCE else f"/{lang}"
    return Article(**about, **lists, body=_html(body, prefix), lang=lang if exists else SOURCE)


def _html(markdown: str, prefix: str) -> Markup:
    """Return Markdown as HTML; links to our own pages get the prefix of the language one reads in.

    Tags in the text are shown, not obeyed, so what comes out is safe to put in a page.
    """
    made = (
        MarkdownIt("commonmark", {"html": False})
        .enable("table")
        .render(markdown)
        .replace('href="/', f'href="{prefix}/')
    )
    return Markup(made)  # noqa: S704  # html is off above; tests/web/test_info.py proves it
