"""Rooms where people write to each other: groups, and the talks that build on them."""
