"""Write the revisions that the tables of the code ask for: python -m server.migrations.revise NUMBER "what changes".

Compares with a throw-away SQLite store; look at what it wrote, then run the tests on both databases.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from sqlalchemy import Connection

from server.kit.db.tables import STORES
from server.kit.settings import random_port_settings
from server.migrations.schema import alembic_config, in_store, migrate


def main(arguments: list[str]) -> int:
    """Write one revision file per store that differs."""
    number, message = arguments
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_revise(Path(folder), number, message))
    return 0


async def _revise(folder: Path, number: str, message: str) -> None:
    settings = random_port_settings(folder, 8000)
    if number != "0001":
        await migrate(settings)
    for store in STORES:

        def write(connection: Connection, store: str = store) -> None:
            from alembic import command

            config = alembic_config(store, connection)
            command.revision(config, message, autogenerate=True, rev_id=number)

        await in_store(settings, store, write)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
