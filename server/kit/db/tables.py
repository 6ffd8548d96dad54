"""One base class for the tables of each store. Stores never share a foreign key, a join or a transaction (D2)."""

from typing import Final

from sqlalchemy import MetaData
from sqlalchemy.orm import registry
from sqlmodel import SQLModel

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

STORES: Final = ("hoofd", "vluchtig", "afspraken", "tellingen")


class Hoofd(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Forum, directory, team, cases, return phrases, releases."""


class Vluchtig(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Visits, rooms, messages, queue: short-lived, in no backup."""


class Afspraken(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Slots and appointments."""


class Tellingen(SQLModel, registry=registry(metadata=MetaData(naming_convention=NAMING))):
    """Counts that wait for their release."""


def role_of(store: str) -> str:
    """Return the database role that may see this store and no other."""
    return f"moi_{store}"
