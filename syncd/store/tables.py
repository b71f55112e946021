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
    text,
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
    # Why it waits although it did not fail, as last said; and by which ceiling of the mapping it is held back.
    Column("waiting", Text, nullable=False, default="", server_default=text("''")),
    Column("ceiling", String(16), nullable=False, default="", server_default=text("''")),
    # What a person should know about a link that is done with: a value that is held, a second record.
    Column("held", Text, nullable=False, default="", server_default=text("''")),
    # How often fields were written since `writes_since` without a new comment between: a loop writes often.
    Column("writes", Integer, nullable=False, default=0, server_default=text("0")),
    Column("writes_since", Double, nullable=True),
    # Which record, and what we know of it.
    Column("record_id", String(64), nullable=False, default=""),
    Column("record_number", String(64), nullable=False, default=""),
    Column("fingerprint", String(80), nullable=False, default=""),
    Column("sent_at", Double, nullable=True),
    Column("attempted", JSON, nullable=False, default=dict),
    Column("applied", JSON, nullable=False, default=dict),
    Column("created_at", Double, nullable=False),
    Column("applied_at", Double, nullable=True),
    # The key that the issue had when it was last applied: another one now means that it was moved.
    Column("known_as", String(255), nullable=True),
    # Where the issue stands if not among those of the query: since when it is missing, what the first look said of it,
    # and what is established (`core/lifecycle.py`). All NULL: it is in sight.
    Column("missing_since", Double, nullable=True),
    Column("suspected", String(16), nullable=True),
    Column("sight", String(16), nullable=True),
    # An operator said to leave this issue alone: no listing makes it due.
    Column("detached_at", Double, nullable=True),
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
held_links = Index(
    "ix_links_held", links.c.mapping, sqlite_where=links.c.held != "", postgresql_where=links.c.held != ""
)
Index("ix_links_record", links.c.record_id)
Index("ix_links_key", links.c.issue_key)
missing_links = Index(
    "ix_links_missing",
    links.c.mapping,
    sqlite_where=links.c.missing_since.is_not(None),
    postgresql_where=links.c.missing_since.is_not(None),
)

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
    # By how many seconds Jira's clock was ahead of the database's at the last cycle.
    Column("clock_skew", Double, nullable=True),
    # What a person must look at before more is believed, and when one last did (`store/lifecycle.py`).
    Column("alarm", Text, nullable=True),
    Column("accepted_at", Double, nullable=True),
    # Jira's clock when the mapping began, where nothing older than that is ever taken up (`since: now`).
    Column("began_ms", BigInteger, nullable=True),
    # When somebody was last at work on this mapping, and since when without a gap (`memory.py`).
    Column("alive_at", Double, nullable=True),
    Column("resumed_at", Double, nullable=True),
)

claims = Table(
    "claims",
    metadata,
    # What only one process at a time may do: "poll:<mapping>", "backfill:<id>", ...
    Column("name", String(255), primary_key=True),
    Column("owner", String(64), nullable=True),
    Column("until", Double, nullable=True),
    # When it was last begun; NULL when it is to be begun again at once.
    Column("begun_at", Double, nullable=True),
)

ceilings = Table(
    "ceilings",
    metadata,
    # How much of what a ceiling bounds was written, by all replicas, in the mapping's present cycle.
    Column("mapping", String(200), primary_key=True),
    Column("ceiling", String(16), primary_key=True),
    Column("used", BigInteger, nullable=False, default=0),
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
    # What narrows the mapping's query, where a daemon is to run it; NULL where a command does.
    Column("jql", Text, nullable=True),
    Column("stopped_at", Double, nullable=True),
    Column("error", Text, nullable=True),
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
    # A connection, or what else is bounded: "<connection>: near limit", "<connection>: refused <credentials>".
    # GCRA's "theoretical arrival time": when all calls granted so far would be over if they came evenly. For
    # credentials: since when they are refused; 0 if they are good, -1 if nobody has tried them yet.
    Column("arrives_at", Double, nullable=False, default=0),
    # Nothing is granted before: the other side asked everybody to wait, or somebody is trying the credentials.
    Column("opens_at", Double, nullable=False, default=0),
)

connections = Table(
    "connections",
    metadata,
    Column("name", String(200), primary_key=True),
    Column("type", String(32), nullable=False),
    # Without its secrets: those are in `secrets`, sealed, under "connection: <name>".
    Column("settings", JSON, nullable=False),
    # Moves with every change, also of a connection that was deleted and made again: who holds an older one, looks.
    Column("version", Integer, nullable=False),
    Column("changed_at", Double, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("label", String(200), nullable=False),
    # SHA-256 of 256 random bits: nothing to guess, so no salt and no slow hash.
    Column("digest", String(64), nullable=False),
    Column("role", String(16), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=True),
    Column("last_used_at", Double, nullable=True),
    Column("revoked_at", Double, nullable=True),
    UniqueConstraint("digest"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("token_id", _Id, ForeignKey("tokens.id", ondelete="CASCADE"), nullable=False),
    # "" for a ticket, which may be changed once for a session.
    Column("csrf", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
)
Index("ix_sessions_expires_at", sessions.c.expires_at)

audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("actor", String(255), nullable=False),
    Column("role", String(16), nullable=False),
    Column("action", String(64), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("detail", JSON, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

# One row: the last link of the chain. It is locked while one is added, and gives away a trail that was cut short.
audit_head = Table(
    "audit_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)

hints = Table(
    "hints",
    metadata,
    Column("mapping", String(200), primary_key=True),
    Column("issue_id", String(32), primary_key=True),
    Column("at", Double, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("connection", String(200), primary_key=True),
    Column("identifier", String(255), primary_key=True),
    Column("at", Double, nullable=False),
)
Index("ix_deliveries_at", deliveries.c.at)

samples = Table(
    "samples",
    metadata,
    # How things stood in one minute of the epoch, for charts (`store/samples.py`).
    Column("minute", BigInteger, primary_key=True, autoincrement=False),
    Column("figure", String(16), primary_key=True),
    Column("subject", String(200), primary_key=True),
    Column("value", Double, nullable=False),
)
