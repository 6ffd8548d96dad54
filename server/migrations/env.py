"""Alembic's entry: run the revisions of one store on the connection that `schema` opened."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.types import TypeDecorator

from server.migrations.tables import METADATA


def render_item(kind: str, item: Any, autogen: Any) -> str | Literal[False]:
    """Write our column types as the plain ones they store, so that a revision does not depend on our code."""
    if kind == "type" and isinstance(item, TypeDecorator):
        rendered = repr(item.impl_instance)
        return f"sa.{rendered.replace('AutoString', 'String')}"
    return False


def run(connection: Connection, store: str) -> None:
    """Run what is missing inside one transaction."""
    context.configure(
        connection=connection,
        target_metadata=METADATA[store],
        render_item=render_item,
        render_as_batch=connection.dialect.name == "sqlite",
        transaction_per_migration=False,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"], context.config.attributes["store"])
