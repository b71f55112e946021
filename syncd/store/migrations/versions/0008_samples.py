"""Samples for charts.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "samples",
        sa.Column("minute", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("figure", sa.String(16), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("minute", "figure", "subject", name="pk_samples"),
    )
