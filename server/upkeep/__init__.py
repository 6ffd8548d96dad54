"""Keeping the house: dumps that only an offline key opens, restoring them, retention on demand, tidying files."""
