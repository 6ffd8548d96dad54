"""The visitor's door to the forum: the list, a topic, replying, supporting, reporting, taking away, objecting."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

import moderation
from moderation import Place
from server.forum import queries, rules, service, typed, views, words
from server.forum.catalogue import categories
from server.forum.doors import (
    PATH,
    Rt,
    Visiting,
    known_id,
    note_part,
    page_number,
    place_of,
    see,
    staffed,
    to_post,
    writer_in,
)
from server.forum.models import SupportKind
from server.forum.new_topic import NEW_TOPIC
from server.forum.pages import Attempt, appeal_page, report_page, topic_page
from server.forum.rules import BadChoice, TopicUnknown
from server.forum.typed import Typed
from server.forum.writers import all_keys
from server.kit.clock import local_day
from server.kit.errors import AppError, NotFound
from server.kit.forms import Form, fields
from server.kit.ids import new_id
from server.kit.run.overload import Part
from web import frame_of, page

ROUTER = APIRouter(include_in_schema=False)
ROUTER.include_router(NEW_TOPIC)
REASONS: Final = ("kwetsend", "gegevens", "crisis", "reclame", "anders")


@ROUTER.get(PATH)
async def show_list(request: Request, rt: Rt, visit: Visiting, c: str = "", p: str = "1", z: str = "") -> Response:
    """Show the topics, newest activity first. c: category, p: page, z: sealed words."""
    chosen = typed.number(c) if typed.number(c) in categories() else None
    asked = words.open_words(visit, z)
    if asked:
        rt.overload.require(Part.SEARCH)
    async with rt.stores.hoofd.reading() as tx:
        found = await queries.listing(tx, rt.keyring, category=chosen, stems=words.wanted(asked), page=page_number(p))
    filters = {"c": str(chosen) if chosen else "", "z": z if asked else ""}
    context = {
        "listing": found,
        "categories": categories(),
        "chosen": chosen,
        "asked": asked or "",
        "expired": asked is None,
        "panel": moderation.check(asked, place=Place.FORUM).panel if asked else None,
        "staffed": await staffed(rt),
        "query": "".join(f"{name}={value}&" for name, value in filters.items() if value),
        "today": local_day(rt.clock.now()),
    }
    return page(request, "forum/list.html", context)


@ROUTER.post(PATH)
async def search_words(
    request: Request, visit: Visiting, form: Annotated[Form, Depends(fields("woorden", "categorie"))]
) -> Response:
    """Take the words out of the body and go to the list with them sealed: no word in an address (D21)."""
    chosen = typed.number(form["categorie"])
    filters = [f"c={chosen}"] if chosen in categories() else []
    if asked := words.taken_in(form["woorden"]):
        filters.append(f"z={words.seal_words(visit, asked)}")
    return see(request, PATH + ("?" + "&".join(filters) if filters else ""))


@ROUTER.get(PATH + "/mijn")
async def show_own(request: Request, rt: Rt, visit: Visiting) -> Response:
    """Show the visitor's own posts, each with a way to take it away."""
    async with rt.stores.hoofd.reading() as tx:
        keys = all_keys(visit, await queries.topic_ids(tx))
        posts = await queries.own_posts(tx, rt.keyring, keys)
    link = frame_of(request).link
    places = {post.id: link(place_of(post.topic_id, post.id, post.number)) for post in posts}
    return page(request, "forum/mine.html", {"posts": posts, "places": places, "today": local_day(rt.clock.now())})


@ROUTER.get(PATH + "/{topic_id}")
async def show_topic(
    request: Request, rt: Rt, visit: Visiting, topic_id: str, p: str = "1", h: str = "", r: str = ""
) -> Response:
    """Show a topic. p: page; h: number of a help panel, r: number of the own post that it stands under."""
    attempt = Attempt(Typed(new_id()), panel=views.HELP_PANELS.get(h), panel_under=typed.number(r))
    return await topic_page(request, rt, visit, topic_id, attempt, page_number(p))


@ROUTER.post(PATH + "/{topic_id}/reacties")
async def post_reply(
    request: Request,
    rt: Rt,
    visit: Visiting,
    topic_id: str,
    form: Annotated[Form, Depends(fields("id", "tekst", "let_op", "apart", "oneens"))],
) -> Response:
    """Take a reply; what was typed comes back with every refusal."""
    said = typed.read(form)
    try:
        writer = await writer_in(rt, visit, known_id(topic_id), apart=said.apart)
        outcome = await service.reply(rt, writer, topic_id, said.draft())
    except TopicUnknown:
        raise
    except AppError as error:
        return await topic_page(request, rt, visit, topic_id, Attempt(said, error=error))
    if outcome.state is None:
        return await topic_page(request, rt, visit, topic_id, Attempt(said, refused=outcome))
    await note_part(rt, visit, outcome)
    return to_post(request, outcome)


@ROUTER.post(PATH + "/{topic_id}/steun")
async def press(
    request: Request,
    rt: Rt,
    visit: Visiting,
    topic_id: str,
    form: Annotated[Form, Depends(fields("bericht", "geef", "neem"))],
) -> Response:
    """Press a support button, or take the press back."""
    writer = await writer_in(rt, visit, known_id(topic_id))
    post_id = known_id(form["bericht"])
    if "neem" in form:
        await service.unsupport(rt, writer, topic_id, post_id, _kind(form["neem"]))
    else:
        await service.support(rt, writer, topic_id, post_id, _kind(form["geef"]))
    async with rt.stores.hoofd.reading() as tx:
        post = await queries.post_in(tx, topic_id, post_id)
    return see(request, place_of(topic_id, post_id, post.number))


@ROUTER.get(PATH + "/{topic_id}/melding/{post_id}")
async def ask_report(request: Request, _: Visiting, topic_id: str, post_id: str) -> Response:
    """Ask why a post should be looked at."""
    return report_page(request, known_id(topic_id), known_id(post_id))


@ROUTER.post(PATH + "/{topic_id}/melding/{post_id}")
async def post_report(
    request: Request,
    rt: Rt,
    visit: Visiting,
    topic_id: str,
    post_id: str,
    form: Annotated[Form, Depends(fields("reden"))],
) -> Response:
    """Put a post before a moderator."""
    writer = await writer_in(rt, visit, known_id(topic_id))
    if form["reden"] not in REASONS:
        return report_page(request, topic_id, known_id(post_id), BadChoice(field="reden"))
    await service.report(rt, writer, topic_id, known_id(post_id), form["reden"])
    return see(request, f"{PATH}/{topic_id}/gemeld")


@ROUTER.get(PATH + "/{topic_id}/gemeld")
async def show_reported(request: Request, _: Visiting, topic_id: str) -> Response:
    """Thank for a report."""
    return page(request, "forum/reported.html", {"topic_path": _link(request, known_id(topic_id))})


@ROUTER.get(PATH + "/{topic_id}/weg/{post_id}")
async def ask_remove(request: Request, rt: Rt, visit: Visiting, topic_id: str, post_id: str) -> Response:
    """Ask once whether an own post should go."""
    writer = await writer_in(rt, visit, known_id(topic_id))
    async with rt.stores.hoofd.reading() as tx:
        post = await queries.post_in(tx, topic_id, known_id(post_id))
        topic = await queries.topic_row(tx, topic_id)
    if not rules.may_remove(post, writer):
        raise TopicUnknown
    context = {
        "topic_path": _link(request, topic_id),
        "post_id": post_id,
        "held": post.number is None,
        "first": topic.first_post == post_id,
    }
    return page(request, "forum/remove.html", context)


@ROUTER.post(PATH + "/{topic_id}/weg/{post_id}")
async def remove(
    request: Request, rt: Rt, visit: Visiting, topic_id: str, post_id: str, _: Annotated[Form, Depends(fields())]
) -> Response:
    """Take an own post away."""
    writer = await writer_in(rt, visit, known_id(topic_id))
    left = await service.remove_own(rt, writer, topic_id, known_id(post_id))
    return see(request, f"{PATH}/{topic_id}" if left else PATH)


@ROUTER.get(PATH + "/{topic_id}/bezwaar/{act_id}")
async def ask_appeal(request: Request, rt: Rt, visit: Visiting, topic_id: str, act_id: str) -> Response:
    """Show a decision and ask why it should be looked at again."""
    return await appeal_page(request, rt, visit, topic_id, act_id)


@ROUTER.post(PATH + "/{topic_id}/bezwaar/{act_id}")
async def post_appeal(
    request: Request,
    rt: Rt,
    visit: Visiting,
    topic_id: str,
    act_id: str,
    form: Annotated[Form, Depends(fields("tekst"))],
) -> Response:
    """Put a decision before another moderator."""
    try:
        writer = await writer_in(rt, visit, known_id(topic_id))
        panel = await service.appeal(rt, writer, known_id(act_id), form["tekst"])
    except NotFound:
        raise
    except AppError as error:
        return await appeal_page(request, rt, visit, topic_id, act_id, error=error, typed=form["tekst"])
    # What somebody writes to a moderator can call for help too.
    help_number = next((digit for digit, name in views.HELP_PANELS.items() if name == panel), "")
    return see(request, f"{PATH}/{topic_id}" + (f"?h={help_number}" if help_number else ""))


def _kind(value: str) -> SupportKind:
    try:
        return SupportKind(value)
    except ValueError:
        raise BadChoice(field="steun") from None


def _link(request: Request, topic_id: str) -> str:
    return frame_of(request).link(f"{PATH}/{topic_id}")
