"""Every table of every slice, by store. Importing this module is what makes SQLModel know them."""

import importlib

from sqlalchemy import MetaData

from server.kit.db.tables import Afspraken, Hoofd, Tellingen, Vluchtig

METADATA: dict[str, list[MetaData]] = {
    "hoofd": [Hoofd.metadata],
    "vluchtig": [Vluchtig.metadata],
    "afspraken": [Afspraken.metadata],
    "tellingen": [Tellingen.metadata],
}
for name in (
    "server.kit.db.sealed", "server.kit.run.jobs", "server.kit.proof_of_work", "server.kit.search", "server.kit.tally",
    "server.visitors.models", "server.team.models", "server.chat.models", "server.talks.models", "server.forum.models",
    "server.booking.models", "server.stats.models", "server.desk.models", "moderation.models",
):  # fmt: skip
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError:
        continue
    if name == "moderation.models":
        METADATA["hoofd"].append(module.ModerationTable.metadata)
