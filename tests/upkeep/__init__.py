"""Dumps, restoring them, retention on demand, tidying, and whether all that still happens."""
