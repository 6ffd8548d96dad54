"""The own place: name, return phrase, own posts, being forgotten (ux-spec 4.10)."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.kit.forms import Form, fields
from server.kit.guards import anyone
from server.kit.runtime import Runtime, runtime, state
from server.visitors import service, wishes
from server.visitors.answers import see
from server.visitors.guards import take_cookie, visitor
from server.visitors.visit import Visit
from web import frame_of, page
from web.texts import has

ROUTER: Final = APIRouter()

Rt = Annotated[Runtime, Depends(runtime)]
Anyone = Annotated[None, Depends(anyone)]
Visiting = Annotated[Visit, Depends(visitor)]


@ROUTER.get("/mijn")
async def show(request: Request, visit: Visiting) -> Response:
    """Show what is known of this visitor, and what can be done with it."""
    return page(request, "visitors/mine.html", {"visit": visit, "wishes": wishes.wishes(visit)})


@ROUTER.post("/mijn/instellingen")
async def choose(
    request: Request, rt: Rt, visit: Visiting, form: Annotated[Form, Depends(fields(*wishes.WISHES))]
) -> Response:
    """Keep how this visitor wants to be told of new messages, until the visit ends."""
    await wishes.choose(rt, visit, form)
    return see(request, "/mijn#instellingen")


@ROUTER.get("/mijn/vergeten")
async def ask_forget(request: Request, visit: Visiting) -> Response:
    """Say what goes and what stays, before anything goes."""
    return page(request, "visitors/forget.html", {"has_phrase": bool(visit.phrase_id)})


@ROUTER.post("/mijn/vergeten")
async def forget(request: Request, rt: Rt, visit: Visiting, _: Annotated[Form, Depends(fields())]) -> Response:
    """Forget this visitor and say what went; no visit is left to redirect with, so this answers the form itself."""
    forgetters = getattr(state(request), "forgetters", ())
    forgotten = await service.forget_me(rt, visit, forgetters)
    _no_visit(request)
    gone = {kind: number for kind, number in forgotten.counts.items() if number and has(f"bezoek.gewist.{kind}")}
    answer = page(request, "visitors/forgotten.html", {"gone": gone, "had_phrase": forgotten.had_phrase})
    take_cookie(answer, rt)
    return answer


@ROUTER.post("/mijn/stoppen")
async def stop(request: Request, rt: Rt, visit: Visiting, _: Annotated[Form, Depends(fields())]) -> Response:
    """End the visit on purpose."""
    await service.end(rt, visit)
    answer = see(request, "/mijn/gestopt")
    take_cookie(answer, rt)
    return answer


@ROUTER.get("/mijn/gestopt")
async def stopped(request: Request, _: Anyone) -> Response:
    """Say that the visit has ended, and what can be done now."""
    return page(request, "visitors/stopped.html")


def _no_visit(request: Request) -> None:
    """Take the visit out of the frame: the page that follows belongs to nobody."""
    frame = frame_of(request)
    frame.csrf, frame.visit_nickname, frame.queue_bar = None, None, None
