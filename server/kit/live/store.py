"""Who is present where: values that expire by themselves, here or across processes (reliability-spec 4)."""

from collections import Counter
from typing import Protocol


class Presence(Protocol):
    """Places are words of ours; who is opaque and never leaves the process."""

    def enter(self, place: str, who: str) -> None:
        """Note that somebody is there; the same one twice counts once, and has to leave twice."""
        ...

    def leave(self, place: str, who: str) -> None:
        """Note that they have gone."""
        ...

    def count(self, place: str) -> int | None:
        """Return how many are there in all processes together; None when nobody knows."""
        ...

    async def keep(self) -> None:
        """Do what is due; called every second, never raises and waits a second at most."""
        ...

    async def close(self) -> None:
        """Say that everybody of this process has gone."""
        ...


class LocalPresence:
    """The presence of a single process."""

    def __init__(self) -> None:
        """Start with nobody."""
        self.places: dict[str, Counter[str]] = {}

    def enter(self, place: str, who: str) -> None:
        """Note that somebody is there."""
        self.places.setdefault(place, Counter())[who] += 1

    def leave(self, place: str, who: str) -> None:
        """Note that they have gone; who was not there changes nothing."""
        people = self.places.get(place, Counter())
        people[who] -= 1
        if people[who] <= 0:
            del people[who]
        if not people:
            self.places.pop(place, None)

    def count(self, place: str) -> int:
        """Return how many are there."""
        return len(self.places.get(place, ()))

    async def keep(self) -> None:
        """Nothing expires here."""

    async def close(self) -> None:
        """Forget everybody."""
        self.places.clear()


def presence(url: str, prefix: str) -> Presence:
    """Return the presence for these settings; without an address there is one process."""
    if not url:
        return LocalPresence()
    from server.kit.live.redis_store import RedisPresence  # Redis takes long to load, and a single process has none

    return RedisPresence(url, prefix)
