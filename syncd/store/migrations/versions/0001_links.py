"""Links that are work items, notes, cursors, backfills, outcomes.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_id = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "links",
        sa.Column("id", _id, autoincrement=True, nullable=False),
        sa.Column("mapping", sa.String(200), nullable=False),
        sa.Column("site", sa.String(255), nullable=False),
        sa.Column("issue_id", sa.String(32), nullable=False),
        sa.Column("issue_key", sa.String(255), nullable=False),
        sa.Column("issue_updated_ms", sa.BigInteger, nullable=True),
        sa.Column("listed_at_ms", sa.BigInteger, nullable=True),
        sa.Column("mapping_digest", sa.String(64), nullable=False),
        sa.Column("wanted", sa.BigInteger, nullable=False),
        sa.Column("done", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.Double, nullable=True),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("cause", sa.String(64), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("failing_since", sa.Double, nullable=True),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("record_number", sa.String(64), nullable=False),
        sa.Column("fingerprint", sa.String(80), nullable=False),
        sa.Column("sent_at", sa.Double, nullable=True),
        sa.Column("attempted", sa.JSON, nullable=False),
        sa.Column("applied", sa.JSON, nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("applied_at", sa.Double, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("mapping", "site", "issue_id", name="uq_links_mapping_site_issue_id"),
    )
    op.create_index(
        "ix_links_due",
        "links",
        ["mapping", "priority", "due_at"],
        sqlite_where=sa.text("due_at IS NOT NULL"),
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("ix_links_record", "links", ["record_id"])
    op.create_index("ix_links_key", "links", ["issue_key"])
    op.create_table(
        "notes",
        sa.Column("link_id", _id, nullable=False),
        sa.Column("comment_id", sa.String(32), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("sent_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("link_id", "comment_id", "version", name="pk_notes"),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], ondelete="CASCADE", name="fk_notes_link_id"),
    )
    op.create_table(
        "cursors",
        sa.Column("mapping", sa.String(200), nullable=False),
        sa.Column("site", sa.String(255), nullable=False),
        sa.Column("cursor_ms", sa.BigInteger, nullable=True),
        sa.Column("last_attempt", sa.Double, nullable=True),
        sa.Column("last_success", sa.Double, nullable=True),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("work_error", sa.Text, nullable=False),
        sa.Column("paused", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("mapping", name="pk_cursors"),
    )
    op.create_table(
        "backfills",
        sa.Column("id", _id, autoincrement=True, nullable=False),
        sa.Column("mapping", sa.String(200), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=True),
        sa.Column("cursor_ms", sa.BigInteger, nullable=True),
        sa.Column("listed", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("finished_at", sa.Double, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_backfills"),
    )
    op.create_index("ix_backfills_mapping", "backfills", ["mapping"])
    op.create_table(
        "outcomes",
        sa.Column("id", _id, autoincrement=True, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("mapping", sa.String(200), nullable=False),
        sa.Column("issue_id", sa.String(32), nullable=False),
        sa.Column("issue_key", sa.String(255), nullable=False),
        sa.Column("record_id", sa.String(64), nullable=False),
        sa.Column("record_number", sa.String(64), nullable=False),
        sa.Column("result", sa.String(16), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("fields", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outcomes"),
    )
    op.create_index("ix_outcomes_issue", "outcomes", ["issue_id", "at"])
    op.create_index("ix_outcomes_at", "outcomes", ["at"])
