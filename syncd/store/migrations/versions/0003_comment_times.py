"""When a comment was last edited, as of the version that was written.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("notes", sa.Column("edited_ms", sa.BigInteger, nullable=True))
