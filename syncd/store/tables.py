"""The whole schema, readable in one file. The migrations lead to exactly this, and a test says so.

Times are epoch seconds on the database's clock, except those named `*_ms`, which are Jira's own and in milliseconds.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_Id = BigInteger().with_variant(Integer, "sqlite")

links = Table(
    "links",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    # Which issue. Unique on mapping and immutable Jira id: law 1 stands on this.
    Column("mapping", String(200), nullable=False),
    Column("site", String(255), nullable=False),
    Column("issue_id", String(32), nullable=False),
    Column("issue_key", String(255), nullable=False),
    # What was last seen of it in a listing, and at what time of Jira's clock.
    Column("issue_updated_ms", BigInteger, nullable=True),
    Column("listed_at_ms", BigInteger, nullable=True),
    Column("mapping_digest", String(64), nullable=False, default=""),
    # The work item: `wanted` counts observed changes, `done` follows it. `due_at` NULL is clean, past is claimable,
    # future is a retry time or, with an owner, the end of a claim.
    Column("wanted", BigInteger, nullable=False, default=0),
    Column("done", BigInteger, nullable=False, default=0),
    Column("due_at", Double, nullable=True),
    Column("priority", SmallInteger, nullable=False, default=0),
    Column("owner", String(64), nullable=True),
    Column("attempts", Integer, nullable=False, default=0),
    Column("cause", String(64), nullable=False, default=""),
    Column("error", Text, nullable=False, default=""),
    Column("failing_since", Double, nullable=True),
    # Which record, and what we know of it.
    Column("record_id", String(64), nullable=False, default=""),
    Column("record_number", String(64), nullable=False, default=""),
    Column("fingerprint", String(80), nullable=False, default=""),
    Column("sent_at", Double, nullable=True),
    Column("attempted", JSON, nullable=False, default=dict),
    Column("applied", JSON, nullable=False, default=dict),
    Column("created_at", Double, nullable=False),
    Column("applied_at", Double, nullable=True),
    UniqueConstraint("mapping", "site", "issue_id"),
)

due_links = Index(
    "ix_links_due",
    links.c.mapping,
    links.c.priority,
    links.c.due_at,
    sqlite_where=links.c.due_at.is_not(None),
    postgresql_where=links.c.due_at.is_not(None),
)
Index("ix_links_record", links.c.record_id)
Index("ix_links_key", links.c.issue_key)

notes = Table(
    "notes",
    metadata,
    Column("link_id", _Id, ForeignKey("links.id", ondelete="CASCADE"), primary_key=True),
    Column("comment_id", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("sent_at", Double, nullable=False),
    # When the comment was last edited as of this version, where only that tells an edit.
    Column("edited_ms", BigInteger, nullable=True),
)

cursors = Table(
    "cursors",
    metadata,
    Column("mapping", String(200), primary_key=True),
    Column("site", String(255), nullable=False, default=""),
    Column("cursor_ms", BigInteger, nullable=True),
    Column("last_attempt", Double, nullable=True),
    Column("last_success", Double, nullable=True),
    Column("error", Text, nullable=False, default=""),
    Column("work_error", Text, nullable=False, default=""),
    Column("paused", Boolean, nullable=False, default=False),
)

backfills = Table(
    "backfills",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("mapping", String(200), nullable=False),
    Column("query", Text, nullable=False),
    Column("since_ms", BigInteger, nullable=True),
    Column("cursor_ms", BigInteger, nullable=True),
    Column("listed", BigInteger, nullable=False, default=0),
    Column("started_at", Double, nullable=False),
    Column("finished_at", Double, nullable=True),
)
Index("ix_backfills_mapping", backfills.c.mapping)

outcomes = Table(
    "outcomes",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("mapping", String(200), nullable=False),
    Column("issue_id", String(32), nullable=False),
    Column("issue_key", String(255), nullable=False),
    Column("record_id", String(64), nullable=False),
    Column("record_number", String(64), nullable=False),
    Column("result", String(16), nullable=False),
    Column("reason", Text, nullable=False),
    Column("fields", JSON, nullable=False),
)
Index("ix_outcomes_issue", outcomes.c.issue_id, outcomes.c.at)
Index("ix_outcomes_at", outcomes.c.at)

secrets = Table(
    "secrets",
    metadata,
    Column("name", String(255), primary_key=True),
    # Encrypted, with its name inside, so that nobody can pass one off as another.
    Column("sealed", Text, nullable=False, default=""),
    Column("changed_at", Double, nullable=False),
)

quotas = Table(
    "quotas",
    metadata,
    Column("name", String(255), primary_key=True),
    # GCRA's "theoretical arrival time": when all calls granted so far would be over if they came evenly.
    Column("arrives_at", Double, nullable=False, default=0),
    # Nothing is granted before: the other side asked everybody to wait.
    Column("opens_at", Double, nullable=False, default=0),
)
