"""Starting without a name: four pages, no cookie before the last, and nothing kept of what was answered (ux-spec 4.2).

The chosen name travels from the third page to the fourth in the form itself: it may stand in no address, and before the
rules are agreed to there is no visit that could keep it. So the fourth page is the answer to a form.
"""

from collections.abc import Awaitable, Callable, Collection
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from server.kit.errors import AppError, Invalid
from server.kit.forms import Form, fields
from server.kit.guards import anyone
from server.kit.runtime import Runtime, runtime, state
from server.visitors import nicknames, service
from server.visitors.answers import see, shown
from server.visitors.guards import TARGETS, cookie_name, give_cookie, maybe_visitor
from server.visitors.service import NicknameRefused, check_nickname
from server.visitors.visit import Visit
from web import page

ROUTER: Final = APIRouter()
HOUSE_RULES: Final = ("1", "2", "3", "4", "5")

Rt = Annotated[Runtime, Depends(runtime)]
Anyone = Annotated[None, Depends(anyone)]
Going = Annotated[str, Query(alias="naar", max_length=20)]


@ROUTER.get("/begin")
async def explain(
    request: Request, rt: Rt, visit: Annotated[Visit | None, Depends(maybe_visitor)], going: Going = ""
) -> Response:
    """Say what staying without a name means. Who is here already goes on; who was away long hears so."""
    if visit is not None:
        return see(request, TARGETS[target(going)])
    was_here = cookie_name(rt) in request.cookies
    return page(request, "visitors/start.html", {"going": target(going), "was_here": was_here})


@ROUTER.get("/begin/leeftijd")
async def ask_age(request: Request, _: Anyone, going: Going = "") -> Response:
    """Ask whether somebody is 16 or older."""
    return _age_page(request, target(going))


@ROUTER.post("/begin/leeftijd")
async def take_age(request: Request, _: Anyone, form: Annotated[Form, Depends(fields("leeftijd", "naar"))]) -> Response:
    """Go on, or to the page for young people. The answer is written down nowhere (D17)."""
    if form["leeftijd"] == "nee":
        return see(request, "/begin/jonger")
    if form["leeftijd"] == "ja":
        return see(request, f"/begin/naam?naar={target(form['naar'])}")
    return _age_page(request, target(form["naar"]), Invalid(key="err.choose", field="leeftijd"))


@ROUTER.get("/begin/jonger")
async def under_16(request: Request, _: Anyone) -> Response:
    """Show who is there for people under 16."""
    return page(request, "visitors/under16.html")


@ROUTER.get("/begin/naam")
async def ask_name(request: Request, _: Anyone, going: Going = "") -> Response:
    """Offer three made-up names, or an own one."""
    return _name_page(request, target(going), nicknames.offer())


@ROUTER.post("/begin/naam")
async def take_name(
    request: Request, _: Anyone, form: Annotated[Form, Depends(fields("naam", "eigen", "namen", "anders", "naar"))]
) -> Response:
    """Check the chosen name and show the house rules; or show other names. What was typed stays."""
    going = target(form["naar"])
    if "anders" in form:
        return _name_page(request, going, nicknames.offer(), own=form["eigen"])
    try:
        return _rules_page(request, going, _chosen(form, await _team(request)))
    except AppError as error:
        return _name_page(request, going, _shown(form), own=form["eigen"], chosen=form["naam"], error=error)


@ROUTER.post("/begin/regels")
async def agree(
    request: Request, rt: Rt, _: Anyone, form: Annotated[Form, Depends(fields("naam", "akkoord", "naar"))]
) -> Response:
    """Begin the visit once the rules are agreed to, and go where somebody was heading. Pressing twice begins one."""
    going = target(form["naar"])
    if await maybe_visitor(request):
        return see(request, TARGETS[going])
    try:
        nickname = check_nickname(form["naam"], await _team(request))
    except AppError as error:
        return _name_page(request, going, nicknames.offer(), own=form["naam"], error=error)
    if form["akkoord"] != "1":
        return _rules_page(request, going, nickname, Invalid(key="err.tick", field="akkoord"))
    token, _visit = await service.begin(rt, nickname)
    answer = see(request, TARGETS[going])
    give_cookie(answer, rt, token)
    return answer


def target(code: str) -> str:
    """Return one of the fixed places to go to; anything else means the groups."""
    return code if code in TARGETS else "groepen"


async def _team(request: Request) -> Collection[str]:
    """Return the names of those who work here; app.py passes them, for visitors may not know the team."""
    return await cast("Callable[[], Awaitable[Collection[str]]]", state(request).team_names)()


def _chosen(form: Form, team: Collection[str]) -> str:
    """Return the checked name: an own one goes before a picked one. Raises Invalid."""
    if form["eigen"].strip():
        return check_nickname(form["eigen"], team)
    if form["naam"]:
        return check_nickname(form["naam"], team)
    raise NicknameRefused("kies")


def _shown(form: Form) -> list[str]:
    """Return the names the form was shown with; others when somebody changed them."""
    names = form.all("namen")
    return names if len(names) == nicknames.OFFERED and all(map(nicknames.is_generated, names)) else nicknames.offer()


def _age_page(request: Request, going: str, error: AppError | None = None) -> Response:
    context = {"going": going, "errors": shown(request, error)}
    return page(request, "visitors/age.html", context, status=error.status if error else 200)


def _name_page(
    request: Request, going: str, names: list[str], *, own: str = "", chosen: str = "", error: AppError | None = None
) -> Response:
    context: dict[str, Any] = {
        "going": going,
        "names": names,
        "own": own,
        "chosen": chosen,
        "panel": getattr(error, "panel", None),
        "errors": shown(request, error),
    }
    return page(request, "visitors/name.html", context, status=error.status if error else 200)


def _rules_page(request: Request, going: str, nickname: str, error: AppError | None = None) -> Response:
    context = {"going": going, "nickname": nickname, "rules": HOUSE_RULES, "errors": shown(request, error)}
    return page(request, "visitors/rules.html", context, status=error.status if error else 200)
