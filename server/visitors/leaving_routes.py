"""Snel weg, and staying: two small doors that must always work (ux-spec 8, privacy 7.7)."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from server.kit.guards import anyone
from server.kit.runtime import Runtime, runtime
from server.visitors import service
from server.visitors.guards import take_cookie, token_of, visitor
from server.visitors.visit import Visit

ROUTER: Final = APIRouter()

Rt = Annotated[Runtime, Depends(runtime)]
Anyone = Annotated[None, Depends(anyone)]


@ROUTER.get("/weg")
async def leave(request: Request, rt: Rt, _: Anyone) -> Response:
    """End this browser's visit and go to the neutral site.

    A link that changes something, on purpose: it has to work without script and with one press. A browser that only
    looks ahead ends nothing.
    """
    if "prefetch" in request.headers.get("sec-purpose", ""):
        return Response(status_code=204)
    answer = RedirectResponse(rt.settings.neutral_url + "/", 303)
    await _end(request, rt, answer)
    return answer


@ROUTER.post("/weg")
async def leave_behind(request: Request, rt: Rt, _: Anyone) -> Response:
    """The same for the script, which has left the page already. Asks for no token: leaving may never fail on one."""
    answer = Response(status_code=204)
    await _end(request, rt, answer)
    return answer


@ROUTER.post("/hier")
async def stay(visit: Annotated[Visit, Depends(visitor)]) -> Response:
    """Note that somebody is still here; the guard has moved the end of the visit."""
    return Response(status_code=204)


async def _end(request: Request, rt: Runtime, answer: Response) -> None:
    take_cookie(answer, rt)
    visit = await service.load(rt, token_of(request, rt))
    if visit is not None:
        await service.end(rt, visit)
