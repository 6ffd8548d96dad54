"""What may be counted and nothing else: tables with cells, calendar and who causes them (privacy-spec 9.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Calendar(StrEnum):
    """How long a period of a table is. One table, one calendar (9.2 rule 1)."""

    MONTH = "maand"
    QUARTER = "kwartaal"


class Source(StrEnum):
    """Who causes a count, and with that how it is protected. The values are the classes of the specification."""

    TEAM = "A"
    VISITORS = "B"
    ORGANISATIONS = "open"


@dataclass(frozen=True)
class Table:
    """One table of one dimension. cells stand in reading order; a_day: to how many cells one visit adds on one day."""

    code: str
    calendar: Calendar
    source: Source
    cells: tuple[str, ...]
    ordered: bool = False
    a_day: int = 1


GEMEENTEN: Final = (
    "GM1979", "GM0014", "GM1966", "GM1952", "GM1895", "GM0765", "GM0037", "GM0047", "GM1969", "GM1950",
)  # fmt: skip
"""CBS codes of the ten, in the order of their names."""


def _visitors(code: str, calendar: Calendar, *cells: str, ordered: bool = False, a_day: int = 1) -> Table:
    return Table(code, calendar, Source.VISITORS, cells, ordered, a_day)


def _team(code: str, *cells: str, ordered: bool = False) -> Table:
    return Table(code, Calendar.QUARTER, Source.TEAM, cells, ordered)


MONTH, QUARTER = Calendar.MONTH, Calendar.QUARTER

_ALL: Final = (
    _visitors("T1", MONTH, "open_groep", "themagroep", "een_op_een", "forum", a_day=2),
    _visitors("T2", QUARTER, *GEMEENTEN, "elders", "niet_gezegd"),
    _visitors("T3", QUARTER, "ochtend", "middag", "avond", "nacht"),
    _visitors("T4", MONTH, "afgerond", "naar_hulpbron", "vg_voorgesteld", "afgebroken"),
    _visitors(
        "T5", QUARTER, "somber", "angst", "prikkels", "alleen", "thuis", "geld", "verlies", "verslaving", "anders"
    ),
    _visitors("T6", MONTH, "tot_1", "tot_5", "tot_15", "tot_30", "langer", "weggegaan", ordered=True),
    _visitors("T7", QUARTER, "groep", "inloop", "gesprek", "online", "telefoon", "chat"),
    _visitors("T8", QUARTER, "ja", "nee", "overgeslagen"),
    _team("T10", "totaal"),
    _team("T11", *GEMEENTEN),
    _team("T12", "eerste", "vervolg"),
    _team("T13", "tot_7", "tot_14", "tot_28", "tot_56", "langer", ordered=True),
    _team("T14", "zelf_naasten", "sociale_basis", "sociaal_domein", "ggz", "poh_ggz"),
    _team("T15", "afgezegd", "niet_verschenen"),
    _team("T16", "geen_actie", "verborgen", "maatregel"),
    # Only feeds the flag of T16, which is fixed at the freeze; never published as a table.
    _team("T16_tijd", "binnen_24_uur", "later"),
    _team("T17", "tot_15_minuten", "tot_1_uur", "tot_24_uur", "later", ordered=True),
    # How a kring went in its host's eyes, ticked once after its end (class A); no room, date or host goes with it.
    _team("T18", "rustig", "druk", "zwaar"),
)

TABLES: Final[Mapping[str, Table]] = MappingProxyType({table.code: table for table in _ALL})
"""Every table that can be counted, by code: the allow-list of `kit.tally`."""

ON_TIME: Final = "T16_tijd"
FLAGGED: Final = "T16"

ORGANISATIONS: Final[Mapping[str, Table]] = MappingProxyType(
    {code: Table(code, QUARTER, Source.ORGANISATIONS, GEMEENTEN) for code in ("L1", "L2")}
)
"""Active locations and hulpbronnen in groepen: counts of organisations on the day of the release, shown as they are."""


def released(calendar: Calendar) -> list[Table]:
    """Return the counted tables that a release of this calendar shows, in their order."""
    return [table for table in _ALL if table.calendar is calendar and table.code != ON_TIME]
