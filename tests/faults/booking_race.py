"""Two hundred people press the same moment at once: one has it, all others hear so clearly and keep their answers."""

import asyncio
import re
from collections import Counter
from typing import Any

import httpx

from server.booking import demo
from server.booking.queries import active_locations, free_moments
from server.booking.service import SlotTaken
from server.booking.stay import Stay, cookie_name, to_cookie
from server.booking.tickets import make
from server.kit.clock import local_day
from server.kit.runtime import Runtime
from tests.faults import stored
from tests.faults.checker import waits
from tests.faults.people import Person
from tests.faults.stage import Options, Report, Stage, open_stage, verdict

STORES = ("sqlite", "pg")
GUESTS = 200
MOMENTS = 3
TAKEN = "Dit moment is net bezet"
CLEAR_SECONDS = 5.0


class Guest(Person):
    """Somebody who has chosen a place and now chooses a moment; no visit is known here."""

    def headers(self) -> dict[str, str]:
        """Return what a browser sends along: the cookie of the form, and no other."""
        return super().headers() | {"Cookie": f"{cookie_name(secure=False)}={self.row['cookie']}"}

    async def press(self, slot: str) -> tuple[str, float]:
        """Choose a moment. Returns what was answered, in a word, and the seconds it took."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        answer = await self.post("/afspraak/moment", moment=slot)
        self.keep(answer)
        return _word(answer), loop.time() - began

    def keep(self, answer: httpx.Response) -> None:
        """Keep the cookie of an answer."""
        self.row["cookie"] = answer.cookies.get(cookie_name(secure=False)) or self.row["cookie"]


async def run(options: Options) -> Report:
    """Race for some moments, let the winner confirm twice at once, and look at what stands in the store."""
    counts: Counter[str] = Counter()
    took: list[float] = []
    async with open_stage(options, prepare=_office) as stage:
        races = options.pick(1, MOMENTS)
        for nth in range(races):
            moment = stage.made["moments"][nth]
            guests = [_guest(stage, number, nth) for number in range(GUESTS)]
            answers = await asyncio.gather(*(guest.press(moment["slot"]) for guest in guests))
            counts += Counter(word for word, _ in answers)
            took += [seconds for _, seconds in answers]
            winners = [guest for guest, (word, _) in zip(guests, answers, strict=True) if word == "held"]
            losers = [guest for guest in guests if guest not in winners]
            counts["confirmed"] += await _confirm(winners[0]) if winners else 0
            counts["confirmed"] += sum([await _confirm(loser) for loser in losers[:3]])
        booked = await stored.rows(stage.cluster, "SELECT id, slot_id FROM appointment", store="afspraken")
        claims = await stored.rows(stage.cluster, "SELECT slot_id FROM claim", store="afspraken")
        report: Report = dict(counts) | {"races": races, "answer_ms": waits(took)} | await stage.measured()
    one_each = len(booked) == len({slot for _, slot in booked}) == len(claims) == races
    return verdict(
        "booking_race", options, report | {"appointments": len(booked), "claims": len(claims)},
        one_winner=counts["held"] == races, others_told=counts["taken"] == races * (GUESTS - 1),
        confirmed=counts["confirmed"] == races, one_booking_each=one_each,
        soon=report["answer_ms"]["max"] < options.bound(CLEAR_SECONDS) * 1000,
    )  # fmt: skip


async def _office(rt: Runtime) -> dict[str, Any]:
    """Open the demo places, and give some free moments and a cookie and csrf word for everybody in each race."""
    now = rt.clock.now()
    await demo.seed(rt, now)
    async with rt.stores.afspraken.reading() as tx:
        free = (await free_moments(tx, now, await active_locations(tx, local_day(now))))[:MOMENTS]
    guests = []
    for moment in free:
        for _ in range(GUESTS):
            stay = Stay(
                ticket=make(rt.keyring.current("ticket")[1], local_day(now)), asked_on=local_day(now).isoformat()
            )
            stay.location_id, stay.nickname, stay.told = moment.location.id, "Merel", True
            guests.append({"cookie": to_cookie(rt.keyring, stay, now), "csrf": stay.csrf})
    return {"moments": [{"slot": moment.slot_id} for moment in free], "guests": guests}


def _guest(stage: Stage, number: int, race: int) -> Guest:
    return Guest(stage, stage.made["guests"][race * GUESTS + number], number)


async def _confirm(guest: Guest) -> int:
    """Press confirm twice at once, at two processes. Returns how many of the two led to an appointment, one at most."""
    other = Guest(guest.stage, dict(guest.row), guest.app + 1)
    answers = await asyncio.gather(guest.post("/afspraak/controle"), other.post("/afspraak/controle"))
    done = [answer for answer in answers if answer.headers.get("location", "").endswith("/afspraak/klaar")]
    return min(1, len(done))


def _word(answer: httpx.Response) -> str:
    """Return what an answer says: held, taken (with other moments to choose from), or its status."""
    if answer.status_code == 303:
        return "held"
    others = len(re.findall(r'name="moment"', answer.text))
    clear = answer.status_code == SlotTaken.status and TAKEN in answer.text and others > 0
    return "taken" if clear else f"status {answer.status_code}"
