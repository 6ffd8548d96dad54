"""The team's door to the forum: read along, reply marked as team, put a post before a moderator."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.forum import queries, service, typed, views
from server.forum.catalogue import categories
from server.forum.doors import known_id, page_number, see
from server.forum.pages import Attempt, card_of
from server.forum.rules import TopicUnknown, page_of
from server.forum.typed import Typed
from server.forum.writers import team_in
from server.kit.clock import local_day
from server.kit.errors import AppError
from server.kit.forms import Form, fields
from server.kit.ids import new_id
from server.kit.runtime import Runtime, runtime
from server.team.guards import may
from server.team.logins import Login
from server.team.permissions import Permission
from web import frame_of, page

TEAM_ROUTER = APIRouter()
PATH: Final = "/team/forum"
OF_TEAM: Final = "anders"
"""The reason under which a team member puts a post before a moderator."""

Rt = Annotated[Runtime, Depends(runtime)]
InForum = Annotated[Login, Depends(may(Permission.FORUM))]


@TEAM_ROUTER.get(PATH)
async def show_list(request: Request, rt: Rt, _: InForum, c: str = "", p: str = "1") -> Response:
    """Show the topics, newest activity first. c: category, p: page."""
    chosen = typed.number(c) if typed.number(c) in categories() else None
    async with rt.stores.hoofd.reading() as tx:
        found = await queries.listing(tx, rt.keyring, category=chosen, page=page_number(p))
    context = {"listing": found, "query": f"c={chosen}&" if chosen else "", "today": local_day(rt.clock.now())}
    return page(request, "forum/team_list.html", context)


@TEAM_ROUTER.get(PATH + "/{topic_id}")
async def show_topic(request: Request, rt: Rt, login: InForum, topic_id: str, p: str = "1") -> Response:
    """Show a topic as visitors see it."""
    return await _topic_page(request, rt, login, topic_id, Attempt(Typed(new_id())), page_number(p))


@TEAM_ROUTER.post(PATH + "/{topic_id}/reacties")
async def post_reply(
    request: Request,
    rt: Rt,
    login: InForum,
    topic_id: str,
    form: Annotated[Form, Depends(fields("id", "tekst", "let_op"))],
) -> Response:
    """Reply with one's own name and role."""
    said = typed.read(form)
    try:
        outcome = await service.reply(rt, team_in(login, known_id(topic_id)), topic_id, said.draft())
    except TopicUnknown:
        raise
    except AppError as error:
        return await _topic_page(request, rt, login, topic_id, Attempt(said, error=error))
    if outcome.state is None:
        return await _topic_page(request, rt, login, topic_id, Attempt(said, refused=outcome))
    number = outcome.number or 0
    return see(request, f"{PATH}/{topic_id}?p={page_of(number)}#r-{number}")


@TEAM_ROUTER.post(PATH + "/{topic_id}/voorleggen")
async def put_before_moderator(
    request: Request, rt: Rt, login: InForum, topic_id: str, form: Annotated[Form, Depends(fields("bericht"))]
) -> Response:
    """Make a case of a post."""
    writer = team_in(login, known_id(topic_id))
    await service.report(rt, writer, topic_id, known_id(form["bericht"]), OF_TEAM)
    return see(request, f"{PATH}/{topic_id}?gemeld=1")


async def _topic_page(
    request: Request, rt: Runtime, login: Login, topic_id: str, attempt: Attempt, page_number: int = 1
) -> Response:
    writer = team_in(login, known_id(topic_id))
    async with rt.stores.hoofd.reading() as tx:
        topic = await queries.shown_topic(tx, rt.keyring, topic_id, writer, page=page_number)
    frame = frame_of(request)
    context = await views.topic_view(rt, topic, writer, card_of(request))
    context |= attempt.context(login.name, "", frame.lang)
    context |= {"topic_path": frame.link(f"{PATH}/{topic_id}"), "reported": "gemeld" in request.query_params}
    return page(request, "forum/team_topic.html", context, attempt.status)
