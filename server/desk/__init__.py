"""The moderators' desk: what waits, one case at a time, and what was decided."""
