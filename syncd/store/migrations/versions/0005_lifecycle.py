"""What became of issues that left the query.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("links", sa.Column("known_as", sa.String(255), nullable=True))
    op.add_column("links", sa.Column("missing_since", sa.Double, nullable=True))
    op.add_column("links", sa.Column("suspected", sa.String(16), nullable=True))
    op.add_column("links", sa.Column("sight", sa.String(16), nullable=True))
    op.create_index(
        "ix_links_missing",
        "links",
        ["mapping"],
        sqlite_where=sa.text("missing_since IS NOT NULL"),
        postgresql_where=sa.text("missing_since IS NOT NULL"),
    )
    op.add_column("cursors", sa.Column("alarm", sa.Text, nullable=True))
    op.add_column("cursors", sa.Column("accepted_at", sa.Double, nullable=True))
    op.add_column("cursors", sa.Column("began_ms", sa.BigInteger, nullable=True))
