"""The schematic map: ten shapes from the municipalities' outlines (directory-booking-spec 6.4). No tiles, no zoom."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Final

from server.directory.places import Municipality

WIDTH: Final = 400
"""Units; the page scales the drawing to the screen."""
MARGIN: Final = 4
LABEL_SHIFT: Final = {"veendam": (-14, -6), "pekela": (10, 6), "stadskanaal": (0, 8), "groningen": (0, -8)}
"""Where the middle of a narrow municipality would let two names overlap."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One municipality in drawing units: code, name, the path of its outline, and where its name stands."""

    code: str
    name: str
    path: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """All shapes and the view box that holds them."""

    shapes: tuple[Shape, ...]
    view_box: str


def draw(municipalities: Iterable[Municipality]) -> Drawing:
    """Return the map of the municipalities, north up, with one scale in both directions."""
    found = list(municipalities)
    points = [point for municipality in found for point in municipality.outline]
    west, east = min(lon for lon, _ in points), max(lon for lon, _ in points)
    south, north = min(lat for _, lat in points), max(lat for _, lat in points)
    squeeze = cos(radians((south + north) / 2))
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * squeeze)

    def place(lon: float, lat: float) -> tuple[int, int]:
        return round(MARGIN + (lon - west) * squeeze * scale), round(MARGIN + (north - lat) * scale)

    height = place(east, south)[1] + MARGIN
    shapes = tuple(
        _shape(each, [place(lon, lat) for lon, lat in each.outline], place(*_centre(each))) for each in found
    )
    return Drawing(shapes, f"0 0 {WIDTH} {height}")


def _shape(municipality: Municipality, outline: Sequence[tuple[int, int]], centre: tuple[int, int]) -> Shape:
    path = "M" + "L".join(f"{x} {y}" for x, y in dict.fromkeys(outline)) + "Z"
    shift = LABEL_SHIFT.get(municipality.code, (0, 0))
    return Shape(municipality.code, municipality.name, path, centre[0] + shift[0], centre[1] + shift[1])


def _centre(municipality: Municipality) -> tuple[float, float]:
    return municipality.centre.lon, municipality.centre.lat
