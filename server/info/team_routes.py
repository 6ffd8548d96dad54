"""The gallery of components, for tests and for who builds a page. It does not exist in production."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from server.kit.errors import NotFound
from server.kit.guards import anyone
from server.kit.runtime import Runtime, runtime
from web import page

TEAM_ROUTER = APIRouter(include_in_schema=False)

SAMPLE = {
    "notice_title": "Even weten",
    "sentence": "Dit is een gewone zin, zo lang als zinnen hier meestal zijn.",
    "question": "Waar wil je over praten?",
    "answer": "Slecht slapen",
    "messages": [
        {"id": state, "name": name, "text": "Hoi, hoe gaat het vandaag?", "time": "14:05", "role": role, "state": state}
        for state, name, role in (
            ("placed", "Stille Wilg", "other"),
            ("held", "Jij", "me"),
            ("sending", "Jij", "me"),
            ("failed", "Jij", "me"),
            ("hidden", "Zachte Zeewind", "other"),
            ("gone", "Sam", "team"),
        )
    ],
}


@TEAM_ROUTER.get("/team/onderdelen")
async def gallery(
    request: Request, _: Annotated[None, Depends(anyone)], rt: Annotated[Runtime, Depends(runtime)]
) -> Response:
    """Show every component in every state. Raises NotFound in production."""
    if rt.settings.mode == "production":
        raise NotFound
    return page(request, "team/onderdelen.html", {"sample": SAMPLE})
