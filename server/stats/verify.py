"""What anybody can check in published releases, with nothing but the files (privacy-spec 10, last paragraph)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from server.stats import release
from server.stats.chain import BEGIN, Body, canonical, digest, figure_of
from server.stats.periods import parse
from server.stats.release import Figure, Shown
from server.stats.tables import ORGANISATIONS, TABLES, Source, Table


def verify(texts: Sequence[str]) -> list[str]:
    """Check releases: the chain, the rules that show in published numbers, and the noise that was spent.

    texts: canonical JSON, oldest first, from the first release on. Returns the faults as sentences; none is well.
    """
    faults, before, bodies = list[str](), BEGIN, list[Body]()
    for place, text in enumerate(texts, start=1):
        try:
            body = json.loads(text)
            faults += _link_faults(body, text, before, place) + _figure_faults(body)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            return [*faults, f"release {place} cannot be read ({type(error).__name__})"]
        before = digest(text)
        bodies.append(body)
    return faults + _ledger_faults(bodies)


def faults_of(table: Table, figure: Figure, *, noise: bool) -> Iterator[str]:
    """Give what a published figure breaks of rules 3 to 6."""
    values = [group.value for group in figure.groups]
    if (figure.shown is Shown.CELLS) != bool(values) or (figure.shown is Shown.NOTHING) != (figure.total is None):
        yield "what is shown is not what it says"
    if values and figure.total != sum(values):
        yield "the total is not the sum"
    if values and sorted(cell for group in figure.groups for cell in group.cells) != sorted(table.cells):
        yield "the cells are not those of the table"
    if table.source is Source.ORGANISATIONS:
        return
    published = [*values, *([] if figure.total is None else [figure.total])]
    if any(value % release.STEP for value in published):
        yield "a number is no multiple of five"
    if any(value < release.minimum_of(table, noise=noise) for value in published):
        yield "a number is under the minimum"
    if any(1 < len(group.cells) < release.smallest_pool(table) for group in figure.groups):
        yield "a pooled number holds too few cells"
    if any(100 * value > release.DOMINANT * sum(values) for value in values):
        yield "one category is over 90 %"


def spent_by_month(bodies: Iterable[Body]) -> dict[str, Fraction]:
    """Return what noise cost per month over all tables: the most that one visit on one day can have cost (rule 8)."""
    months: defaultdict[str, Fraction] = defaultdict(Fraction)
    for body in bodies:
        spent = sum((Fraction(line["epsilon"]) for line in body["ruisboek"]), Fraction())
        for month in parse(body["periode"]).months:
            months[month] += spent
    return dict(months)


def _link_faults(body: Body, text: str, before: str, place: int) -> list[str]:
    faults = {
        f"release {place} is not written canonically": canonical(body) != text,
        f"release {place} does not follow the one before it": body["vorige"] != before,
        f"release {place} has another number": body["nummer"] != place,
    }
    return [fault for fault, there in faults.items() if there]


def _figure_faults(body: Body) -> list[str]:
    noise, period, faults = body["methode"]["ruis"], parse(body["periode"]), list[str]()
    for code, found in body["tabellen"].items():
        table = TABLES[code] if code in TABLES else ORGANISATIONS[code]
        if table.calendar is not period.calendar:
            faults.append(f"{period.code} {code}: another calendar")
        faults += [f"{period.code} {code}: {fault}" for fault in faults_of(table, figure_of(found), noise=noise)]
    return faults


def _ledger_faults(bodies: Sequence[Body]) -> list[str]:
    periods = [body["periode"] for body in bodies]
    twice = [f"{period} was released twice" for period in sorted(set(periods)) if periods.count(period) > 1]
    over = [month for month, spent in spent_by_month(bodies).items() if spent > release.CAP]
    return twice + [f"{month}: more noise spent than the cap" for month in over]
