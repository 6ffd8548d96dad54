"""What the pages of the forum show, ready to print: no template decides or asks for anything."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

import moderation
from moderation import Decision, Place, Verdict
from server.forum import rules
from server.forum.catalogue import categories, content_notes
from server.forum.models import PostState
from server.forum.queries import ShownPost, ShownTopic
from server.forum.rules import Writer
from server.forum.typed import Typed
from server.kit.clock import local_day
from server.kit.errors import AppError
from server.kit.runtime import Runtime
from server.kit.text import Empty
from server.roster.doors import standings
from server.roster.models import MODERATION, TALKS
from web import text
from web.texts import has

CARDS_PER_POST: Final = 3
HELP_PANELS: Final = {"1": "steun", "2": "naaste", "3": "crisis"}
"""Panels a page can show after a redirect; the number in the address says nothing to who looks along."""

FIELDS: Final = frozenset({"categorie", "titel", "tekst", "let_op"})
"""Fields that an error can point to."""

CardOf = Callable[[str], object | None]


async def topic_view(rt: Runtime, topic: ShownTopic, writer: Writer, card_of: CardOf) -> dict[str, Any]:
    """Return one topic: posts with the hulpbronnen they name, why the own ones wait and when somebody reads them."""
    stand = await standings(rt, (TALKS, MODERATION))
    posts = [vars(post) | {"cards": cards(post, card_of)} for post in topic.posts]
    waiting = [vars(post) | {"why": why(post, topic.title, writer)} for post in topic.waiting]
    return {
        "topic": vars(topic) | {"posts": posts, "waiting": waiting},
        "today": local_day(rt.clock.now()),
        "staffed": stand[TALKS].open,
        "reading": stand[MODERATION],
        "note_options": note_options(),
    }


def cards(post: ShownPost, card_of: CardOf) -> list[object]:
    """Return the cards of the hulpbronnen that a text names, such as HB-012; those that are gone are left out."""
    found = [card_of(service_id) for service_id in rules.named_services(post.text or "")]
    return [card for card in found if card is not None][:CARDS_PER_POST]


def why(post: ShownPost, title: str | None, writer: Writer) -> dict[str, Any]:
    """Return why an own post waits, judged anew from its words: nothing about it needs to be kept."""
    parts = [part for part in (title if post.first else None, post.text) if part]
    if post.state is not PostState.HELD or not parts:
        return {"panel": None, "key": "", "first": False, "contested": False}
    verdict = rules.worst([moderation.check(part, place=Place.FORUM, newcomer=writer.newcomer) for part in parts])
    return {
        "panel": verdict.panel,
        "key": _reason(verdict) if verdict.decision is Decision.HOLD else "",
        "first": post.first and verdict.decision in (Decision.PUBLISH, Decision.PUBLISH_SUPPORT),
        "contested": verdict.decision is Decision.BLOCK,
    }


def _reason(verdict: Verdict) -> str:
    """Return the key of the words that say why a text waits, or "" when there is nothing to add to the waiting."""
    key = verdict.key if verdict.key != "mod.waiting" else f"mod.{verdict.label}"
    return key if has(key) and verdict.label != rules.CRISIS else ""


def form_view(typed: Typed, nickname: str, other: str) -> dict[str, Any]:
    """Return a form with what was typed and the two names one can write under."""
    return asdict(typed) | {"name": nickname, "other_name": other}


def problems(errors: Sequence[AppError], lang: str) -> list[tuple[str, str]]:
    """Return errors as (field, words), for the summary and for the fields themselves."""
    return [(error.field if error.field in FIELDS else "", _words(error, lang)) for error in errors]


def note_options() -> list[tuple[int, str]]:
    """Return the content notes as choices."""
    return list(content_notes().items())


def category_options() -> list[tuple[object, str]]:
    """Return the categories as choices, after an empty one."""
    return [("", "")] + [(category.number, category.name) for category in categories().values()]


def _words(error: AppError, lang: str) -> str:
    if error.field == "categorie":
        return text("forum.category", lang)
    if error.field == "titel" and isinstance(error, Empty):
        return text("forum.no_title", lang)
    return text(error.key, lang, **error.values)
