"""Encrypted secrets, and budgets of calls that all processes share.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("sealed", sa.Text, nullable=False),
        sa.Column("changed_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
    op.create_table(
        "quotas",
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("arrives_at", sa.Double, nullable=False),
        sa.Column("opens_at", sa.Double, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_quotas"),
    )
