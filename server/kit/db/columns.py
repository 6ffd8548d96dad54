"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import DateTime, Dialect, Enum, LargeBinary
from sqlalchemy.types import TypeDecorator

Sealed = LargeBinary
"""Ciphertext: nonce, text and tag of AES-256-GCM."""


def choice(kind: type[StrEnum]) -> Any:
    """Return the type of a column that holds one word of a closed list: the word itself, not its name in the code."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda each: [word.value for word in each])


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC moment. Naive ones are refused: nobody knows what they mean."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite forgets the zone; give it back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
