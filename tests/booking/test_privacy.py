"""What must never be readable: not in the files, not in a log, not across the two zones."""

import ast
from pathlib import Path

import pytest
from sqlmodel import select

from server.booking import retention, service
from server.booking.models import Appointment, UsedTicket
from server.booking.queries import Details
from server.kit.db.tables import Afspraken
from server.kit.runtime import Runtime
from tests.booking.browser import browser
from tests.booking.making import CODE, open_office

MARKS = ("Merelmarkering", "0612345678", "06 12345678", "Ik slaap slecht", CODE)
PACKAGE = Path(service.__file__).parent


async def test_the_files_hold_no_readable_word_before_or_after_erasing(rt: Runtime) -> None:
    if rt.settings.database_url:
        pytest.skip("looks at SQLite files")
    office = await open_office(rt)
    made = await office.booked(details=Details("Merelmarkering", ("tolk",), "06 12345678", "Ik slaap slecht"))
    before = raw_bytes(rt)
    await service.cancel(office.rt, made.appointment_id)
    await retention.forget(office.rt, rt.clock.now())
    for raw in (before, raw_bytes(rt)):
        assert not [mark for mark in MARKS if mark.encode() in raw]
        assert made.ticket.split(".")[0].encode() not in raw


def raw_bytes(rt: Runtime) -> bytes:
    """Return all bytes of the store's files, the write-ahead log included."""
    return b"".join(path.read_bytes() for path in rt.settings.data_dir.glob("afspraken.sqlite*"))


async def test_a_used_ticket_cannot_be_laid_beside_an_appointment(rt: Runtime) -> None:
    office = await open_office(rt)
    made = await office.booked()
    async with rt.stores.afspraken.reading() as tx:
        used = (await tx.exec(select(UsedTicket))).one()
        row = (await tx.exec(select(Appointment))).one()
    assert made.ticket.split(".")[0] not in used.used_hash.hex()
    shared = {str(value) for value in used.model_dump().values()} & {str(value) for value in row.model_dump().values()}
    assert shared == set()


async def test_nothing_typed_reaches_a_log(rt: Runtime, capfd: pytest.CaptureFixture[str]) -> None:
    office = await open_office(rt)
    device = browser(office)
    ticket = office.booking("").ticket
    await device.post("/afspraak/begin", {"ticket": ticket})
    await device.post("/afspraak/naam", {"nickname": "Merelmarkering", "onbekend": "Ik slaap slecht"})
    await device.open(CODE)
    await device.client.aclose()
    said = "".join(capfd.readouterr())
    assert not [mark for mark in (*MARKS, ticket) if mark in said]


def test_no_table_of_this_store_has_a_column_for_a_person_or_a_time() -> None:
    allowed = {"claim.until", "used_proof.ends_at"}  # the end of a hold and of a proof, minutes long
    for table in Afspraken.metadata.sorted_tables:
        for column in table.columns:
            name = f"{table.name}.{column.name}"
            assert "author" not in name
            assert "visitor" not in name
            assert "DATETIME" not in str(column.type).upper() or name in allowed, name


def test_booking_cannot_know_a_visitor() -> None:
    """Also a house rule; here it is the promise of privacy 6.1."""
    allowed = ("server.booking", "server.kit", "server.crisis", "server.team", "web")
    for path in PACKAGE.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        ours = [module for module in modules if module.split(".")[0] in ("server", "web", "moderation")]
        assert [module for module in ours if not module.startswith(allowed)] == [], path.name
