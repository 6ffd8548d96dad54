"""Let the database refuse every change to published figures, their ledger and their notes.

Step: expand. Written by hand (triggers stand in no model): keep it when another revision is written anew.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = ("release", "noise_spent", "release_note")
REFUSED = "published figures are never changed"


def upgrade() -> None:
    """Put the locks on."""
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            for deed in ("UPDATE", "DELETE"):
                op.execute(
                    f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
                )
            continue
        op.execute(
            f"CREATE FUNCTION {table}_is_read_only() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{REFUSED}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_is_read_only()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_is_read_only()"
        )


def downgrade() -> None:
    """Take the locks off."""
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            for deed in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_no_{deed}")
        else:
            op.execute(f"DROP FUNCTION {table}_is_read_only() CASCADE")
