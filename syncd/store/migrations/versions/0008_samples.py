"""Samples for charts, and backfills that the daemon runs.

Revision ID: 0008
Revises: 0007
"""

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nothing yet."""
