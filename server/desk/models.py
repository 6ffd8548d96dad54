"""What the desk itself keeps, in `hoofd`: who asked and who agreed to open a text from a talk, and what was skipped."""

from datetime import datetime

from sqlmodel import Field

from server.kit.db.columns import UtcDateTime
from server.kit.db.tables import Hoofd


class Opening(Hoofd, table=True):
    """A text from a one-to-one talk is opened by two moderators. agreed_by empty: still waiting for the second."""

    __tablename__ = "desk_opening"
    __table_args__ = {"sqlite_with_rowid": False}

    case_id: str = Field(primary_key=True, max_length=32)
    asked_by: str = Field(max_length=32)
    agreed_by: str | None = Field(default=None, max_length=32)
    asked_at: datetime = Field(sa_type=UtcDateTime)
