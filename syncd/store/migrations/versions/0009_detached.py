"""Links that an operator has detached: known, and never worked on.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("links", sa.Column("detached_at", sa.Double, nullable=True))
