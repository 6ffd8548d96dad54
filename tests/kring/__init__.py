"""Kringen: from the door to the wipe."""
