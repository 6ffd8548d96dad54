"""The visitor's door to a stay: everything of `/begin`, coming back, the own place, and leaving."""

from fastapi import APIRouter

from server.visitors import leaving_routes, phrase_routes, place_routes, start_routes

ROUTER = APIRouter()
for part in (start_routes, phrase_routes, place_routes, leaving_routes):
    ROUTER.include_router(part.ROUTER)
