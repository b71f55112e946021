"""Hints from webhooks: which issues to look at now, and which deliveries were seen already.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "hints",
        sa.Column("mapping", sa.String(200), nullable=False),
        sa.Column("issue_id", sa.String(32), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("mapping", "issue_id", name="pk_hints"),
    )
    op.create_table(
        "deliveries",
        sa.Column("connection", sa.String(200), nullable=False),
        sa.Column("identifier", sa.String(255), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("connection", "identifier", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_at", "deliveries", ["at"])
