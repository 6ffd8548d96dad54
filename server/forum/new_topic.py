"""The visitor's door to a new topic: write, check, place; and changing what waits. Nothing half-written is kept."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

import moderation
from moderation import Place
from server.forum import queries, rules, service, typed, views
from server.forum.catalogue import categories, content_notes
from server.forum.doors import PATH, Rt, Visiting, known_id, note_part, staffed, to_post, writer_in
from server.forum.models import Post, Topic
from server.forum.pages import Attempt
from server.forum.rules import TopicUnknown, Writer
from server.forum.service import topic_of
from server.forum.typed import Typed
from server.forum.writers import other_name, visitor_in
from server.kit.clock import local_day
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.ids import new_id
from server.kit.runtime import Runtime
from server.visitors.visit import Visit
from web import frame_of, page

NEW_TOPIC = APIRouter()
TopicForm = Annotated[Form, Depends(fields("id", "categorie", "titel", "tekst", "let_op", "apart", "oneens"))]


@NEW_TOPIC.get(PATH + "/nieuw")
async def show_form(request: Request, rt: Rt, visit: Visiting, c: str = "") -> Response:
    """Show an empty form; c: the category one comes from."""
    return await _form_page(request, rt, visit, Attempt(Typed(new_id(), category=typed.number(c))))


@NEW_TOPIC.post(PATH + "/nieuw")
async def show_form_again(request: Request, rt: Rt, visit: Visiting, form: TopicForm) -> Response:
    """Show the form with what was typed, from the page to check it."""
    return await _form_page(request, rt, visit, Attempt(typed.read(form, topic=True)))


@NEW_TOPIC.post(PATH + "/nieuw/controle")
async def check(request: Request, rt: Rt, visit: Visiting, form: TopicForm) -> Response:
    """Show the text as others will see it. A post that answers with a page: the text travels on, we keep no draft."""
    said = typed.read(form, topic=True)
    writer = visitor_in(visit, topic_of(said.id), rt.clock.now(), apart=said.apart)
    try:
        title, text = service.taken_in(said.draft(), topic=True)
    except AppError as error:
        more = service.faults(said.draft(), topic=True)[1:]
        return await _form_page(request, rt, visit, Attempt(said, error=error, more=more))
    context = {
        "form": views.form_view(said, visit.nickname, other_name(visit, topic_of(said.id))),
        "form_id": said.id,
        "category": categories()[said.category or 0].name,
        "note_words": [content_notes()[note] for note in said.notes],
        "panel": rules.worst([moderation.check(part, place=Place.FORUM) for part in (title, text)]).panel,
        "staffed": await staffed(rt),
        "first": await _first_topic(rt, writer),
    }
    return page(request, "forum/check.html", context)


@NEW_TOPIC.post(PATH + "/nieuw/plaatsen")
async def place(request: Request, rt: Rt, visit: Visiting, form: TopicForm) -> Response:
    """Open the topic."""
    said = typed.read(form, topic=True)
    writer = visitor_in(visit, topic_of(said.id), rt.clock.now(), apart=said.apart)
    try:
        outcome = await service.start_topic(rt, writer, said.draft())
    except AppError as error:
        return await _form_page(request, rt, visit, Attempt(said, error=error))
    if outcome.state is None:
        return await _form_page(request, rt, visit, Attempt(said, refused=outcome))
    await note_part(rt, visit, outcome)
    return to_post(request, outcome)


@NEW_TOPIC.get(PATH + "/{topic_id}/aanpassen/{post_id}")
async def show_edit(request: Request, rt: Rt, visit: Visiting, topic_id: str, post_id: str) -> Response:
    """Show an own text that waits, to change it."""
    writer = await writer_in(rt, visit, known_id(topic_id))
    post, topic = await _held(rt, writer, topic_id, known_id(post_id))
    async with rt.stores.hoofd.reading() as tx:
        text = await queries.opened(tx, rt.keyring, post)
        title = await queries.opened_title(tx, rt.keyring, topic)
    said = Typed(new_id(), text, title or "", notes=post.notes)
    return await _edit_page(request, rt, visit, topic, post, Attempt(said))


@NEW_TOPIC.post(PATH + "/{topic_id}/aanpassen/{post_id}")
async def edit(
    request: Request,
    rt: Rt,
    visit: Visiting,
    topic_id: str,
    post_id: str,
    form: Annotated[Form, Depends(fields("id", "titel", "tekst", "let_op", "oneens"))],
) -> Response:
    """Change an own text that waits."""
    said = typed.read(form)
    writer = await writer_in(rt, visit, known_id(topic_id))
    post, topic = await _held(rt, writer, topic_id, known_id(post_id))
    try:
        outcome = await service.edit_held(rt, writer, topic_id, post_id, said.draft())
    except TopicUnknown:
        raise
    except AppError as error:
        return await _edit_page(request, rt, visit, topic, post, Attempt(said, error=error))
    if outcome.state is None:
        return await _edit_page(request, rt, visit, topic, post, Attempt(said, refused=outcome))
    await note_part(rt, visit, outcome)
    return to_post(request, outcome)


async def _form_page(request: Request, rt: Runtime, visit: Visit, attempt: Attempt) -> Response:
    writer = visitor_in(visit, topic_of(attempt.said.id), rt.clock.now())
    async with rt.stores.hoofd.reading() as tx:
        paused = await service.paused_until(tx, writer, topic_of(attempt.said.id), rt.clock.now())
    context = attempt.context(visit.nickname, other_name(visit, topic_of(attempt.said.id)), frame_of(request).lang)
    context |= {
        "category_options": views.category_options(),
        "paused": paused,
        "staffed": await staffed(rt),
        "first": await _first_topic(rt, writer),
        "today": local_day(rt.clock.now()),
    }
    return page(request, "forum/new.html", context, attempt.status)


async def _edit_page(
    request: Request, rt: Runtime, visit: Visit, topic: Topic, post: Post, attempt: Attempt
) -> Response:
    frame = frame_of(request)
    context = attempt.context(visit.nickname, "", frame.lang)
    context |= {
        "topic_path": frame.link(f"{PATH}/{topic.id}"),
        "post_id": post.id,
        "first": topic.first_post == post.id,
        "staffed": await staffed(rt),
    }
    return page(request, "forum/edit.html", context, attempt.status)


async def _held(rt: Runtime, writer: Writer, topic_id: str, post_id: str) -> tuple[Post, Topic]:
    async with rt.stores.hoofd.reading() as tx:
        return await service.own_held(tx, writer, topic_id, post_id)


async def _first_topic(rt: Runtime, writer: Writer) -> bool:
    async with rt.stores.hoofd.reading() as tx:
        return await service.waits_as_first(tx, writer)
