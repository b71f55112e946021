"""Claims of listings, and how much each mapping has written in its cycle.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("until", sa.Double, nullable=True),
        sa.Column("begun_at", sa.Double, nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_claims"),
    )
    op.create_table(
        "ceilings",
        sa.Column("mapping", sa.String(200), nullable=False),
        sa.Column("ceiling", sa.String(16), nullable=False),
        sa.Column("used", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("mapping", "ceiling", name="pk_ceilings"),
    )
    for column in (
        sa.Column("waiting", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("ceiling", sa.String(16), nullable=False, server_default=sa.text("''")),
        sa.Column("held", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("writes", sa.Integer, nullable=False, server_default=sa.text("0")),
        sa.Column("writes_since", sa.Double, nullable=True),
    ):
        op.add_column("links", column)
    op.create_index(
        "ix_links_held",
        "links",
        ["mapping"],
        sqlite_where=sa.text("held != ''"),
        postgresql_where=sa.text("held != ''"),
    )
    op.add_column("cursors", sa.Column("clock_skew", sa.Double, nullable=True))
