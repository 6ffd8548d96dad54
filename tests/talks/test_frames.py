"""One-to-one over the protocol: the same deeds as the forms, fenced by gen (reliability-spec 2)."""

import uuid
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from server.chat import deeds
from server.chat.hub import Hub
from server.chat.session import ChatSession
from server.chat.speakers import Actor, visiting, working
from server.kit.live.outbox import Parcel
from server.kit.runtime import Runtime
from server.talks import frames
from server.team.permissions import Role
from tests.cast import a_group, colleague, guest


class Wall:
    """A door that takes everything."""

    ready = True

    def __init__(self) -> None:
        """Start empty."""
        self.written: list[bytes] = []

    def write(self, parcels: Sequence[Parcel]) -> None:
        """Keep the frames."""
        self.written += [each for parcel in parcels for each in parcel.frames]


class Tab:
    """One connection without a socket."""

    def __init__(self, rt: Runtime, hub: Hub, actor: Actor) -> None:
        """Arrive."""
        self.hub, self.wall = hub, Wall()
        self.session = ChatSession(rt, hub, actor, self.wall, deeds.WAYS | frames.WAYS)
        self.session.greet()
        hub.arrive(self.session)

    async def ask(self, t: str, /, **values: Any) -> list[dict[str, Any]]:
        """Send one frame. Returns what came since."""
        self.wall.written.clear()
        shared = {"t": t, "ref": "1"} | ({} if t in ("signal", "join") else {"client_id": str(uuid.uuid4())})
        await self.session.receive_alone(orjson.dumps(shared | values).decode())
        return [one for one in self.heard() if one["t"] != "desk"]  # the bell of the line rings in between

    def heard(self) -> list[dict[str, Any]]:
        """Return every frame that left."""
        self.hub.ticker._rested()
        return [orjson.loads(each) for each in self.wall.written]


@pytest.fixture
def hub(rt: Runtime) -> Hub:
    """The connections of one process."""
    return Hub(rt)


@pytest.fixture
async def merel(rt: Runtime, hub: Hub) -> Tab:
    """Merel's tab."""
    return Tab(rt, hub, visiting(rt, (await guest(rt, "Merel")).visit))


@pytest.fixture
async def sam(rt: Runtime, hub: Hub) -> Tab:
    """Sam's tab."""
    return Tab(rt, hub, working(rt, await colleague(rt)))


async def test_asking_taking_talking_and_ending(merel: Tab, sam: Tab) -> None:
    place, line = await merel.ask("queue_enter", topic="somber")
    assert (place["t"], line) == ("ack", {"t": "queue", "position": 1})
    assert (await merel.ask("queue_enter", topic=""))[0]["room"] == place["room"]
    (taken,) = await sam.ask("claim")
    assert (taken["room"], taken["gen"]) == (place["room"], 1)
    assert (await sam.ask("claim"))[0]["code"] == "niemand_wacht"
    said = await sam.ask("send", room=place["room"], text="Dag", gen=1)
    assert [one["t"] for one in said] == ["ack"]
    assert (await merel.ask("send", room=place["room"], text="Dag Sam"))[0]["t"] == "ack"
    assert (await merel.ask("end", room=place["room"], gen=1))[0]["t"] == "ack"
    assert (await merel.ask("send", room=place["room"], text="Nog iets"))[0]["code"] == "geen_toegang"


async def test_an_old_gen_is_refused(merel: Tab, sam: Tab) -> None:
    room = (await merel.ask("queue_enter", topic=""))[0]["room"]
    await sam.ask("claim")
    assert (await sam.ask("send", room=room, text="Zonder nummer"))[0]["code"] == "chat_gewijzigd"
    assert (await sam.ask("release", room=room, gen=1))[0]["t"] == "ack"
    assert (await sam.ask("claim"))[0]["gen"] == 2
    for kind in ("send", "release", "end"):
        answer = await sam.ask(kind, room=room, gen=1, **({"text": "Ben je er nog?"} if kind == "send" else {}))
        assert answer[0]["code"] == "chat_gewijzigd", kind
    assert (await merel.ask("send", room=room, text="Aan de vorige", gen=1))[0]["code"] == "chat_gewijzigd"
    assert (await sam.ask("send", room=room, text="Dag", gen=2))[0]["t"] == "ack"


async def test_a_sign_reaches_the_visitor_and_is_kept_nowhere(merel: Tab, sam: Tab) -> None:
    room = (await merel.ask("queue_enter", topic=""))[0]["room"]
    await sam.ask("claim")
    await merel.ask("join", room=room)
    merel.wall.written.clear()
    assert await sam.ask("signal", room=room, kind="schrijft") == []
    assert {"t": "presence", "room": room, "peer": "hier", "signal": "schrijft"} in merel.heard()


async def test_visitors_take_nobody_and_the_team_does_not_queue(merel: Tab, sam: Tab) -> None:
    assert (await merel.ask("claim"))[0]["code"] == "geen_toegang"
    assert (await sam.ask("queue_enter", topic=""))[0]["code"] == "geen_toegang"
    room = (await merel.ask("queue_enter", topic=""))[0]["room"]
    assert (await merel.ask("signal", room=room, kind="leest"))[0]["code"] == "geen_toegang"
    assert (await merel.ask("queue_leave"))[0]["t"] == "ack"
    assert (await sam.ask("claim"))[0]["code"] == "niemand_wacht"


async def test_a_professional_hears_no_group(rt: Runtime, hub: Hub) -> None:
    """The socket is there for the achterwacht; rooms are not."""
    femke = await colleague(rt, Role.PROFESSIONAL)
    daan = await guest(rt, "Daan")
    room_id = await a_group(rt)
    assert (await Tab(rt, hub, working(rt, femke)).ask("join", room=room_id))[0]["code"] == "kamer_onbekend"
    assert (await Tab(rt, hub, visiting(rt, daan.visit)).ask("join", room=room_id))[0]["t"] == "ok"
