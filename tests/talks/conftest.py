"""Talks also run in several processes, which share a Redis."""

from tests.kit.conftest import redis_url

__all__ = ["redis_url"]
