"""Moi with one page more, for P1: python -m tests.bench.pages_app. Prints where the pages are, then serves.

The extra page goes through the same middleware and guard and is filled by a template, with nothing in it but its size.
"""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

from fastapi import APIRouter, Depends, Request
from jinja2 import Environment
from starlette.responses import HTMLResponse, Response

from server.app import Moi, make_runtime
from server.chat import service as chat
from server.chat.groups import groups
from server.chat.models import RoomKind
from server.chat.speakers import visitor_in
from server.forum import service as forum
from server.forum.writers import visitor_in as forum_writer
from server.kit.guards import anyone
from server.kit.ids import new_id
from server.kit.log import quiet_libraries
from server.kit.run.health import Health, InternalApp
from server.kit.run.server import serve
from server.kit.runtime import Runtime
from server.kit.settings import load
from server.migrations.schema import migrate
from server.visitors import service as visitors
from server.visitors.visit import Visit
from tests.bench import texts

POSTS = 20
EMPTY = Environment(autoescape=True).from_string("<!doctype html><html lang=nl><title>Moi</title>{{ said }}</html>")
ROUTER = APIRouter(dependencies=[Depends(anyone)])


@ROUTER.get("/leeg/{size}")
async def empty(request: Request, size: int) -> Response:
    """Answer with a page of that many bytes."""
    return HTMLResponse(EMPTY.render(said="x" * (size - len(EMPTY.render(said="")))))


async def main() -> None:
    """Fill the stores, say where the pages are, serve."""
    settings = load()
    await migrate(settings)
    rt = make_runtime(settings)
    await chat.ensure_groups(rt)
    token, new = await visitors.begin(rt, "Merel")
    visit = replace(new, known_since=rt.clock.now() - timedelta(days=3), messages_sent=9)
    pages = {"home": "/", "room": await _room(rt, visit), "topic": await _topic(rt, visit), "list": "/hulp-in-de-buurt"}
    print(json.dumps({"cookie": token, "pages": pages}), flush=True)
    moi = Moi(rt)
    moi.zones["visitor"].include_router(ROUTER)
    health = Health(started=True)
    await serve(settings, moi, InternalApp(health, rt.metrics.render), moi.leaving(health))


async def _room(rt: Runtime, visit: Visit) -> str:
    """Say twenty things in the first group."""
    room = next(iter(groups()))
    speaker = visitor_in(visit, room, RoomKind.GROUP, rt.clock.now())
    for number in range(POSTS):
        draft = chat.Draft(room, f"{number:08x}-0000-4000-8000-000000000000", texts.said(number))
        await chat.send(rt, speaker, draft)
    return f"/groepen/{room}"


async def _topic(rt: Runtime, visit: Visit) -> str:
    """Start a topic and answer it until it has twenty posts."""
    first = forum.Draft(new_id(), texts.said(0), "Slecht slapen", category=4)
    topic = forum.topic_of(first.id)
    writer = forum_writer(visit, topic, rt.clock.now(), apart=False)
    await forum.start_topic(rt, writer, first)
    for number in range(1, POSTS):
        await forum.reply(rt, writer, topic, forum.Draft(new_id(), texts.said(number), "", category=0))
    return f"/forum/{topic}"


if __name__ == "__main__":
    quiet_libraries()
    asyncio.run(main())
