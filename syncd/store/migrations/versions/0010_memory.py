"""When this database was last at work, so that a restored backup is noticed.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("cursors", sa.Column("alive_at", sa.Double, nullable=True))
    op.add_column("cursors", sa.Column("resumed_at", sa.Double, nullable=True))
