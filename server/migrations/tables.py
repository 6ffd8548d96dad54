"""Every table of every slice, by store. Importing the modules below is what makes SQLModel know their tables."""

from typing import Final

from sqlalchemy import MetaData

import moderation.models
import server.booking.models
import server.chat.models
import server.desk.models
import server.forum.models
import server.kit.db.sealed
import server.kit.proof_of_work
import server.kit.run.jobs
import server.kit.search
import server.kit.tally
import server.kring.models
import server.roster.models
import server.stats.models
import server.talks.models
import server.team.models
import server.visitors.models
from server.kit.db.tables import Afspraken, Hoofd, Tellingen, Vluchtig

MODULES: Final = (
    moderation.models,
    server.booking.models,
    server.chat.models,
    server.desk.models,
    server.forum.models,
    server.kit.db.sealed,
    server.kit.proof_of_work,
    server.kit.run.jobs,
    server.kit.search,
    server.kit.tally,
    server.kring.models,
    server.roster.models,
    server.stats.models,
    server.talks.models,
    server.team.models,
    server.visitors.models,
)
METADATA: Final[dict[str, list[MetaData]]] = {
    "hoofd": [Hoofd.metadata, moderation.models.ModerationTable.metadata],
    "vluchtig": [Vluchtig.metadata],
    "afspraken": [Afspraken.metadata],
    "tellingen": [Tellingen.metadata],
}
