"""Help now: the self-contained crisis page and the age of its numbers. Needs no database, no store, no session."""

from server.crisis.lines import STALE_AFTER, stale
from server.crisis.page import page

__all__ = ["STALE_AFTER", "page", "stale"]
