"""The address of a hulpbron in a message becomes a card, as the place is today."""

import orjson
import pytest

from server.chat import queries
from server.chat.models import MessageState
from server.directory import queries as directory
from server.kit.runtime import Runtime
from tests.cast import a_group, guest, say
from tests.team.cast import app_of


@pytest.fixture
def path(rt: Runtime) -> str:
    """The path of a hulpbron."""
    app_of(rt)  # it says what can be attached
    return directory.find("wandelen", 1, rt)[0].path


async def only_frame(rt: Runtime, room_id: str) -> dict[str, object]:
    """Return what others get of the one message."""
    async with rt.stores.vluchtig.reading() as tx:
        room = await queries.room(tx, room_id)
        (event,) = await queries.events(tx, rt.keyring, room, after=0, limit=9)
    found: dict[str, object] = orjson.loads(event.payload)
    return found


@pytest.mark.parametrize("before", ["", "/en", "http://localhost:8000"])
async def test_an_address_becomes_a_card(rt: Runtime, path: str, before: str) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    address = f"{rt.settings.public_url}{path}" if before.startswith("http") else before + path
    said = await say(rt, merel, room_id, f"Hier ga ik vaak heen: {address} echt fijn")
    assert said.state is MessageState.PLACED
    found = await only_frame(rt, room_id)
    assert found["text"] == "Hier ga ik vaak heen: echt fijn"
    assert found["attached"]["href"] == path  # type: ignore[index]  # JSON


async def test_nothing_but_an_address_says_its_name(rt: Runtime, path: str) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    await say(rt, merel, room_id, path)
    found = await only_frame(rt, room_id)
    assert found["text"] == found["attached"]["name"]  # type: ignore[index]  # JSON


@pytest.mark.parametrize("text", ["/hulp-in-de-buurt/00000000", "/hulp-in-de-buurt", "kijk op /hulp-in-de-buurt/x"])
async def test_what_is_no_place_stays_text(rt: Runtime, path: str, text: str) -> None:
    room_id = await a_group(rt)
    merel = (await guest(rt, "Merel")).in_group(rt, room_id)
    await say(rt, merel, room_id, text)
    found = await only_frame(rt, room_id)
    assert (found["text"], found.get("attached")) == (text, None)
