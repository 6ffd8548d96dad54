"""Places, postcodes and municipalities as points, and the distance between them (directory-booking-spec 5.4, 5.7)."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Final

import orjson

from server.directory.words import words_of

EARTH_KM: Final = 6371.0
AMBIGUOUS: Final = frozenset({"leek", "haren", "stad", "mussel", "wedde", "spijk", "rottum", "meeden", "reitdiep"})
"""Place names that are ordinary words too (`het leek`): places only after a preposition or in a short question."""
PREPOSITIONS: Final = frozenset({"in", "te", "bij", "uit", "rond", "nabij", "naar", "omgeving", "buurt", "dorp", "de"})
SHORT_QUESTION: Final = 3
_POSTCODE: Final = re.compile(r"[1-9]\d{3}")


@dataclass(frozen=True, slots=True)
class Point:
    """A point in degrees (WGS 84)."""

    lat: float
    lon: float

    def km_to(self, other: "Point") -> float:
        """Return the distance in kilometres along the globe (haversine)."""
        lat, other_lat = radians(self.lat), radians(other.lat)
        half = sin((other_lat - lat) / 2) ** 2
        half += cos(lat) * cos(other_lat) * sin(radians(other.lon - self.lon) / 2) ** 2
        return 2 * EARTH_KM * asin(sqrt(half))


@dataclass(frozen=True, slots=True)
class Spot:
    """Where someone asks from: municipalities (a name may lie in two), a point and the name that was meant."""

    areas: tuple[str, ...]
    point: Point
    name: str


@dataclass(frozen=True, slots=True)
class Municipality:
    """One of the ten: code of the taxonomy, CBS code, name, a point inside it and its rough outline (lon, lat)."""

    code: str
    cbs_code: str
    name: str
    centre: Point
    outline: tuple[tuple[float, float], ...]


class Gazetteer:
    """Finds places: by name in a text, by postcode, by municipality."""

    def __init__(
        self, municipalities: Iterable[Municipality], places: Iterable[tuple[str, Spot]], postcodes: dict[str, Spot]
    ) -> None:
        """Take what was read; places are (name, spot) pairs, a name may come twice."""
        self.municipalities = {found.code: found for found in municipalities}
        self.postcodes = postcodes
        self._by_name: dict[tuple[str, ...], Spot] = {}
        for name, spot in places:
            self._add(name, spot)
        for found in self.municipalities.values():
            key = tuple(words_of(found.name))
            self._by_name[key] = Spot((found.code,), found.centre, found.name)
        self._longest = max(map(len, self._by_name))

    def _add(self, name: str, spot: Spot) -> None:
        key = tuple(words_of(name))
        if known := self._by_name.get(key):
            areas = tuple(dict.fromkeys(known.areas + spot.areas))
            spot = Spot(areas, known.point, known.name)
        self._by_name[key] = spot

    @property
    def names(self) -> frozenset[str]:
        """Return the single words that place names are made of."""
        return frozenset(word for name in self._by_name for word in name)

    def area(self, code: str) -> Spot:
        """Return the middle of a municipality. Raises KeyError."""
        found = self.municipalities[code]
        return Spot((code,), found.centre, found.name)

    def postcode(self, text: str) -> Spot | None:
        """Return the spot of a postcode; only the first four digits are looked at (5.7)."""
        match = _POSTCODE.match(text.strip())
        return self.postcodes.get(match[0]) if match else None

    def exact(self, name: str) -> Spot | None:
        """Return the place with this name, however it is written."""
        return self._by_name.get(tuple(words_of(name)))

    def locate(self, words: Sequence[str]) -> tuple[Spot, frozenset[int]] | None:
        """Return the place a text names and the positions of its words: longest name first, else a postcode."""
        for length in range(min(self._longest, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                spot = self._by_name.get(tuple(words[start : start + length]))
                if spot and self._is_meant(words, start, length):
                    return spot, frozenset(range(start, start + length))
        return self._postcode_in(words)

    def last_in(self, words: Sequence[str]) -> Spot | None:
        """Return the last place name in an address: the town stands behind the street."""
        for end in range(len(words), 0, -1):
            for start in range(max(0, end - self._longest), end):
                if spot := self._by_name.get(tuple(words[start:end])):
                    return spot
        return None

    def _is_meant(self, words: Sequence[str], start: int, length: int) -> bool:
        if length > 1 or words[start] not in AMBIGUOUS or len(words) <= SHORT_QUESTION:
            return not _names_the_province(words, start)
        return start > 0 and words[start - 1] in PREPOSITIONS

    def _postcode_in(self, words: Sequence[str]) -> tuple[Spot, frozenset[int]] | None:
        for position, word in enumerate(words):
            if len(word) in (4, 6) and (spot := self.postcode(word)):
                return spot, frozenset({position})
        return None


def _names_the_province(words: Sequence[str], start: int) -> bool:
    return words[start] == "groningen" and start > 0 and words[start - 1] == "provincie"


def read_gazetteer(folder: Path, other_names: dict[str, str]) -> Gazetteer:
    """Read gemeenten.geojson, places.csv and postcode4.csv from the folder.

    other_names: what people call a place → code of its municipality (`stad` → `groningen`), from synonyms.csv.
    """
    municipalities = _municipalities(folder / "gemeenten.geojson")
    code_of = {found.name: found.code for found in municipalities}
    places = [(row["place"], _spot(row, code_of)) for row in _rows(folder / "places.csv")]
    by_code = {found.code: found for found in municipalities}
    known = {tuple(words_of(name)) for name, _ in places}
    extra = [
        (name, Spot((code,), by_code[code].centre, by_code[code].name))
        for name, code in other_names.items()
        if tuple(words_of(name)) not in known
    ]
    postcodes = {row["postcode4"]: _spot(row, code_of) for row in _rows(folder / "postcode4.csv")}
    return Gazetteer(municipalities, places + extra, postcodes)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _spot(row: dict[str, str], code_of: dict[str, str]) -> Spot:
    return Spot((code_of[row["gemeente"]],), Point(float(row["lat"]), float(row["lon"])), row["place"])


def _municipalities(path: Path) -> list[Municipality]:
    found = []
    for feature in orjson.loads(path.read_bytes())["features"]:
        about = feature["properties"]
        centre = Point(about["centroid_lat"], about["centroid_lon"])
        outline = tuple((lon, lat) for lon, lat in _largest_ring(feature["geometry"]))
        found.append(Municipality(about["slug"], about["code"], about["name"], centre, outline))
    return found


def _largest_ring(geometry: dict[str, object]) -> Sequence[tuple[float, float]]:
    rings: dict[int, Sequence[tuple[float, float]]] = defaultdict(list)
    coordinates = geometry["coordinates"]
    shapes = coordinates if geometry["type"] == "MultiPolygon" else [coordinates]
    if not isinstance(shapes, list):
        raise TypeError("a shape without coordinates")
    for shape in shapes:
        rings[len(shape[0])] = shape[0]
    return rings[max(rings)]
