"""Emma's journey: two visitors, a peer worker, a moderator and a coordinator, each at a browser of their own."""

import pytest

from tests.browser import appointment, beginning, figures, forum, group, talk
from tests.browser.album import Album
from tests.browser.conftest import Comes
from tests.browser.house import House, traces
from tests.browser.leaving import leave_quickly
from tests.browser.person import DESKTOP, Person

pytestmark = pytest.mark.browser
EMMA, DAAN = "Waddenlicht Emma", "Kwelderwind Daan"


async def test_emmas_journey(comes: Comes, album: Album, house: House) -> None:
    emma, daan = await comes(), await comes()
    sam, noor, hilde = await comes(size=DESKTOP), await comes(size=DESKTOP), await comes(size=DESKTOP)
    for member, name in ((sam, "Sam"), (noor, "Noor"), (hilde, "Hilde")):
        await beginning.come_in(member, name)
    words = await _in_the_group(emma, daan, noor, album)
    await _talking(emma, daan, sam, album)
    await _coming_back(emma, words, noor, album)
    await _afterwards(emma, daan, hilde, words, album)
    for person in (emma, daan, sam, noor, hilde):
        await person.leave()
    print(f"\n{len(album.steps)} steps, {len(album.pages)} pages, {len(album.faults)} faults")
    album.passed()
    assert traces(house.words, await house.places()) == []


async def _in_the_group(emma: Person, daan: Person, noor: Person, album: Album) -> str:
    await emma.open("/")
    await emma.open("/")  # the first page is shown before our font has come
    await album.look(emma, "start")
    await beginning.begin(emma, EMMA, album)
    await album.look(emma, "groepen")
    await beginning.begin(daan, DAAN)
    await group.enter(emma)
    await group.enter(daan)
    await group.write(daan, "Het was een lange dag, de bus zat vol")
    await group.hears(emma, "Het was een lange dag")
    await group.write(emma, "Hier ook, ik lees vanavond graag mee")
    await group.hears(daan, "ik lees vanavond graag mee")
    await group.placed(emma, "ik lees vanavond graag mee")
    await album.look(emma, "groep")
    words = await beginning.keep_words(emma, album)
    await emma.does_not_see(words.split()[0] + "</li>")
    await group.enter(emma)
    await group.give_a_number(daan, emma, album)
    await group.want_to_die(daan, emma, album)
    await group.look_after(noor, album)
    return words


async def _talking(emma: Person, daan: Person, sam: Person, album: Album) -> None:
    first = await talk.wait(emma, daan, album)
    await talk.meet(emma, sam, first, album)
    await talk.talk(emma, sam)
    await talk.share(emma, sam, album)
    await appointment.from_talk(emma, album)
    await appointment.choose(emma, album)
    code = await appointment.confirm(emma, album)
    await album.look(emma, "afspraakcode")
    await appointment.put_in_calendar(emma)
    await appointment.take_off_screen(emma)
    await appointment.open_with(emma, code)
    await appointment.keep(emma, album)
    await appointment.take_off_screen(emma)
    await talk.end(emma, sam, album)


async def _coming_back(emma: Person, words: str, noor: Person, album: Album) -> None:
    await group.enter(emma)
    await leave_quickly(emma, "button")
    await beginning.come_back(emma, words, EMMA, album)
    await forum.post_topic(emma, album)
    path = await forum.waits_for_moderator(emma, album)
    await forum.approve(noor)
    await forum.sees_topic(emma, path, album)
    await forum.take_part(emma, album)


async def _afterwards(emma: Person, daan: Person, hilde: Person, words: str, album: Album) -> None:
    await figures.read_figures(hilde, album)
    await group.enter(daan)
    await group.reads_statement(daan, album)
    await leave_quickly(daan, "Escape")
    await emma.open("/mijn")
    await leave_quickly(emma, "Shift")
    await beginning.come_back(emma, words, EMMA)
