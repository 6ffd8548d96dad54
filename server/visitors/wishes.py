"""How somebody wants Moi to behave during this visit. Kept inside the sealed visit, never in the browser (D11)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from server.kit.runtime import Runtime
from server.visitors import service
from server.visitors.visit import Visit

WISHES: Final[Mapping[str, tuple[str, ...]]] = {
    "melden": ("samengevat", "alles", "uit"),
    "enter": ("toestel", "ja", "nee"),
    "geluid": ("uit", "aan"),
}
"""What can be chosen, by name; the first is what holds until somebody chooses."""


def wishes(visit: Visit) -> dict[str, str]:
    """Return what holds in this visit, for every name."""
    return {name: visit.wishes.get(name, options[0]) for name, options in WISHES.items()}


async def choose(rt: Runtime, visit: Visit, chosen: Mapping[str, str]) -> None:
    """Remember what was chosen until the visit ends; what is not on the list changes nothing."""
    known = {name: chosen[name] for name, options in WISHES.items() if chosen.get(name) in options}
    await service.change(rt, visit, lambda now: replace(now, wishes={**now.wishes, **known}))
