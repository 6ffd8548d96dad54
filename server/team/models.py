"""Accounts of people who work here, their logins, invitations and the audit trail. All of it in `hoofd`."""

from datetime import date, datetime

from sqlalchemy import Column, ForeignKey, LargeBinary, String
from sqlmodel import Field

from server.kit.db.columns import Sealed, UtcDateTime
from server.kit.db.tables import Hoofd
from server.kit.ids import new_id

NAME_LENGTH = 40
HASH_LENGTH = 64


def _account_column(*, primary_key: bool = False) -> "Column[str]":
    """Return a reference to an account; its rows go with it."""
    key = ForeignKey("team_account.id", ondelete="CASCADE")
    return Column(String(32), key, primary_key=primary_key, nullable=False, index=not primary_key)


class Account(Hoofd, table=True):
    """One person. password_hash empty: a demo account that enters with one press and never by password."""

    __tablename__ = "team_account"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    name: str = Field(max_length=NAME_LENGTH)
    name_key: str = Field(max_length=NAME_LENGTH, unique=True)
    role: str = Field(max_length=20)
    password_hash: str = Field(default="", max_length=200)
    totp: bytes = Field(default=b"", sa_column=Column(Sealed, nullable=False))
    used_step: int = 0
    """The half minute of the last code that was taken: each works once."""
    keys: bool = True
    """Whether single keys do something on the team's pages (ux-spec 11)."""
    created: date

    @property
    def demo(self) -> bool:
        """Say whether this account has no password to enter with."""
        return not self.password_hash


class AccountRight(Hoofd, table=True):
    """A right added to a role. location is empty where the right counts everywhere."""

    __tablename__ = "team_right"

    account_id: str = Field(sa_column=_account_column(primary_key=True))
    right: str = Field(primary_key=True, max_length=20)
    location: str = Field(default="", primary_key=True, max_length=32)


class LoginRow(Hoofd, table=True):
    """One login. second_factor_at empty: only the password was shown so far, which opens nothing.

    The token changes at every proof; id and csrf stay, so that other tabs and connections of this person go on.
    """

    __tablename__ = "team_login"
    __table_args__ = {"info": {"dump": "never"}}

    token_hash: str = Field(primary_key=True, max_length=HASH_LENGTH)
    id: str = Field(default_factory=new_id, unique=True, max_length=32)
    csrf: str = Field(default_factory=new_id, max_length=32)
    account_id: str = Field(sa_column=_account_column())
    started: datetime = Field(sa_type=UtcDateTime)
    last_seen: datetime = Field(sa_type=UtcDateTime)
    second_factor_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    challenge: str = Field(default="", max_length=HASH_LENGTH * 2)
    """What a security key is asked to sign, in hex; used once."""


class SecurityKey(Hoofd, table=True):
    """One security key or passkey: its public half. sign_count rises with each use where the key counts."""

    __tablename__ = "team_key"

    id: str = Field(default_factory=new_id, primary_key=True, max_length=32)
    credential_id: str = Field(max_length=2046, unique=True)
    account_id: str = Field(sa_column=_account_column())
    public_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sign_count: int
    added: date


class RecoveryCode(Hoofd, table=True):
    """One recovery code that was not used yet."""

    __tablename__ = "team_recovery"

    code_hash: str = Field(primary_key=True, max_length=HASH_LENGTH)
    account_id: str = Field(sa_column=_account_column())


class Invitation(Hoofd, table=True):
    """A link that makes one account, once, within a day. account_id is the id that the account will have."""

    __tablename__ = "team_invitation"

    token_hash: str = Field(primary_key=True, max_length=HASH_LENGTH)
    account_id: str = Field(default_factory=new_id, max_length=32)
    name: str = Field(max_length=NAME_LENGTH)
    name_key: str = Field(max_length=NAME_LENGTH, unique=True)
    role: str = Field(max_length=20)
    gespreksvoerder: bool = False
    totp: bytes = Field(sa_column=Column(Sealed, nullable=False))
    expires: datetime = Field(sa_type=UtcDateTime)


class Attempt(Hoofd, table=True):
    """Wrong guesses in a row at one name or one account's codes; kept for names that nobody has as well."""

    __tablename__ = "team_attempt"

    who: str = Field(primary_key=True, max_length=HASH_LENGTH)
    failures: int
    wait_until: datetime = Field(sa_type=UtcDateTime)


class AuditRow(Hoofd, table=True):
    """One line of the trail: who did what to which kind of thing, in which hour. Never changed. Source: privacy 8.5."""

    __tablename__ = "team_audit"

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    hour: datetime = Field(sa_type=UtcDateTime)
    account_id: str = Field(max_length=32)
    action: str = Field(max_length=30)
    kind: str = Field(max_length=20)
    object_hash: str = Field(max_length=HASH_LENGTH)
    hash: str = Field(max_length=HASH_LENGTH)


class AuditHead(Hoofd, table=True):
    """The last line of the trail: writers take it in turn, and it stays when old lines go."""

    __tablename__ = "team_audit_head"

    id: int = Field(default=1, primary_key=True)
    number: int = 0
    hash: str = Field(default="", max_length=HASH_LENGTH)
    dropped_hash: str = Field(default="", max_length=HASH_LENGTH)
    """Hash of the newest line that retention took away; the oldest kept line continues from it."""
