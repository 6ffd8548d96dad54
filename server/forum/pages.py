"""Whole pages that more than one route answers with: a topic with its form, why a post is reported, an objection."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, cast

from fastapi import Request
from starlette.responses import Response

from server.forum import queries, service, views
from server.forum.doors import PATH, known_id, writer_in
from server.forum.queries import ShownTopic
from server.forum.rules import Writer
from server.forum.service import Outcome
from server.forum.typed import Typed
from server.forum.writers import other_name
from server.kit.db.database import Tx
from server.kit.errors import AppError
from server.kit.ids import new_id
from server.kit.runtime import Runtime, state
from server.visitors import answers, statements
from server.visitors.statements import Told
from server.visitors.visit import Visit
from web import frame_of, page, text


@dataclass(frozen=True)
class Attempt:
    """What somebody tried to post, and what came of it. more: further faults, beside the first.

    panel_under: number of the own post that a help panel stands under.
    """

    said: Typed
    error: AppError | None = None
    more: Sequence[AppError] = ()
    refused: Outcome | None = None
    panel: str | None = None
    panel_under: int = 0

    def context(self, name: str, other: str, lang: str) -> dict[str, Any]:
        """Return what a form needs: everything typed, both names one can write under, new keys, why it is back."""
        return {
            "form": views.form_view(self.said, name, other),
            "form_id": new_id() if self.refused else self.said.id,
            "masked_id": new_id(),
            "note_options": views.note_options(),
            "errors": views.problems([self.error, *self.more] if self.error else [], lang),
            "refusal": self.refused.refusal if self.refused else None,
            "panel": self.refused.panel if self.refused else self.panel,
            "panel_under": self.panel_under,
        }

    @property
    def status(self) -> int:
        """Return the status of the page: a refusal is an outcome, not an error."""
        return self.error.status if self.error else 200


async def topic_page(
    request: Request, rt: Runtime, visit: Visit, topic_id: str, attempt: Attempt, page_number: int = 1
) -> Response:
    """Answer with one page of a topic. Raises TopicUnknown."""
    writer = await writer_in(rt, visit, known_id(topic_id))
    now = rt.clock.now()
    async with rt.stores.hoofd.reading() as tx:
        topic = await queries.shown_topic(tx, rt.keyring, topic_id, writer, page=page_number)
        paused = await service.paused_until(tx, writer, topic_id, now)
        told = await told_here(tx, rt, topic, writer)
    frame = frame_of(request)
    context = await views.topic_view(rt, topic, writer, card_of(request))
    context |= attempt.context(visit.nickname, other_name(visit, topic_id), frame.lang)
    context |= {
        "topic_path": frame.link(f"{PATH}/{topic_id}"),
        "statements": [asdict(one) for one in told],
        "paused": paused,
        "writable": topic.open and (paused is None or bool(attempt.said.text)),
    }
    return page(request, "forum/topic.html", context, attempt.status)


async def told_here(tx: Tx, rt: Runtime, topic: ShownTopic, writer: Writer) -> list[Told]:
    """Return what moderators decided about this writer's posts in a topic, and what stops writing everywhere."""
    here = await queries.own_ids(tx, topic.id, writer.keys)
    told = await statements.told(tx, rt, writer.keys)
    return [one for one in told if one.until is not None or one.subject_id in here]


async def appeal_page(
    request: Request,
    rt: Runtime,
    visit: Visit,
    topic_id: str,
    act_id: str,
    *,
    error: AppError | None = None,
    typed: str = "",
) -> Response:
    """Answer with a decision and the form to object. Raises DecisionUnknown when it is not about this visitor."""
    writer = await writer_in(rt, visit, known_id(topic_id))
    async with rt.stores.hoofd.reading() as tx:
        decision = await statements.contestable(tx, rt, writer.keys, act_id)
    return answers.appeal_page(request, rt, f"{PATH}/{topic_id}", decision, "forum", error=error, typed=typed)


def report_page(request: Request, topic_id: str, post_id: str, error: AppError | None = None) -> Response:
    """Answer with the reasons for which a post can be reported."""
    frame = frame_of(request)
    context = {
        "topic_path": frame.link(f"{PATH}/{topic_id}"),
        "post_id": post_id,
        "error": text(error.key, frame.lang) if error else None,
    }
    return page(request, "forum/report.html", context, error.status if error else 200)


def card_of(request: Request) -> Callable[[str], object | None]:
    """Return how to find a hulpbron by its number; app.py passes it, for the forum may not know the directory."""
    return cast("Callable[[str], object | None]", state(request).hulpbron_card)
