"""The values that everything else passes around. They know nothing of how they were fetched or will be written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from syncd.core.marker import Mark

Json = Any
"""A value as `json.loads` gives it. `Any` lives here, at the edge where JSON comes in, and in the adapters."""


# --------------------------------------------------------------------------------------------------------------------
# The source's side


class Audience(StrEnum):
    """Who may read a comment in Jira. Unknown counts as restricted wherever it matters (law 8)."""

    PUBLIC = "public"
    INTERNAL = "internal"  # a Jira Service Management internal note (jsdPublic false, or its property on Data Center)
    RESTRICTED = "restricted"  # visible to a role or a group only
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class User:
    """A Jira user. `id` is the account id (Cloud) or the key (Data Center); e-mail and login may be absent."""

    id: str
    name: str  # the display name
    email: str | None = None
    login: str | None = None


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment of an issue.

    `body` is the source markup: it alone decides whether a comment changed. `text` is how it reads as plain text,
    `html` the same as sanitised HTML with absolute links; both come from Jira's own rendering, which may vary while
    `body` does not. `converted` says that `body` itself is made from another form when it is asked for, as Cloud makes
    wiki markup of its own documents: it may then vary with Jira's converter, and only `updated` tells an edit.
    """

    id: str
    author: User | None
    body: str
    text: str
    html: str
    created: datetime
    updated: datetime
    audience: Audience
    converted: bool = False


@dataclass(frozen=True, slots=True)
class Issue:
    """One whole issue as the source has it now: every asked-for field and the complete set of comments.

    `id` is numeric and immutable within `site`; `key` changes when the issue is moved and is for people.
    `fields` are API v2 values by field id (rich text as wiki markup); `texts` and `html` hold the rich-text fields as
    they read, by field id; `names` maps field ids to the names people see. All datetimes are aware and in UTC.
    `restricted` is True when issue security hides the issue from some Jira users.
    """

    site: str
    id: str
    key: str
    url: str
    updated: datetime
    fields: Mapping[str, Json]
    texts: Mapping[str, str] = field(default_factory=dict)
    html: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()

    @property
    def restricted(self) -> bool:
        return self.fields.get("security") is not None


# --------------------------------------------------------------------------------------------------------------------
# What the mapping wants


@dataclass(frozen=True, slots=True)
class Reference:
    """A value that only the target can spell: "the user with this e-mail". Symbolic until the target resolves it.

    `table` is the target's table ("sys_user"), `candidates` are (column, value) pairs in the order of trust; the first
    pair that fits exactly one row wins. `label` is what a person would call it, for reports.
    """

    table: str
    candidates: tuple[tuple[str, str], ...]
    label: str


Value = str | Reference
"""What a field of the target shall hold. "" clears the field."""


@dataclass(frozen=True, slots=True)
class DesiredNote:
    """A comment that may be sent, ready to be written.

    `digest` is 8 hex digits of a hash of the source body: it tells one version of a comment from another. `text` is the
    body as it shall read, without heading and marker; `author` and `created` go into the heading. `edited_ms` is when
    the comment was last edited, in milliseconds on Jira's clock, and None where the digest alone tells an edit.
    """

    comment_id: str
    digest: str
    author: str
    created: datetime
    text: str
    edited_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Withheld:
    """A comment that is not sent, and why ("internal", "restricted", "unknown visibility")."""

    comment_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Desired:
    """What the mapping wants of one record. References are still symbolic.

    `fields` are kept true for as long as the link lives; `on_create` are written once, with the record.
    `warnings` are sentences for the operator, e.g. a text that had to be cut.
    """

    fields: Mapping[str, Value] = field(default_factory=dict)
    on_create: Mapping[str, Value] = field(default_factory=dict)
    notes: tuple[DesiredNote, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    warnings: tuple[str, ...] = ()


# --------------------------------------------------------------------------------------------------------------------
# The target's side, and what we remember


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the target has it now. A column that the target did not show is absent from `fields`, not empty."""

    id: str  # sys_id
    number: str
    correlation: str
    created: str  # sys_created_on as the target writes it, only for telling the oldest
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Applied:
    """What a write came to, confirmed by the target: what we sent, and what the target stored of it.

    The two differ where the target computes (priority), cuts, blanks an unknown choice or drops a column that the user
    may not write. `stored` is None where the target does not show the column.
    """

    sent: str
    stored: str | None


class NoteState(StrEnum):
    INTENT = "intent"  # stored before it was sent; after a crash nobody knows whether it arrived
    POSTED = "posted"  # the target confirmed it, or its mark was found in the journal
    OMITTED = "omitted"  # never to be sent: it was there before the link, and the mapping leaves history out


@dataclass(frozen=True, slots=True)
class Note:
    """One note that we wrote or were writing: (comment, version) is unique within the link.

    Version 1 is the comment as first seen, 2 its first edit, and so on. `digest` "" marks the note that says the
    comment vanished. `sent_at` is when the intent was stored, on the database's clock in epoch seconds. `edited_ms` is
    that of the comment as it was then, None if it is not known (a note found in the journal).
    """

    comment_id: str
    version: int
    digest: str
    state: NoteState
    sent_at: float = 0.0
    edited_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """That this issue and that record are one, and what we know of both.

    `record_id` is "" until the create is confirmed. `attempted` holds values sent and not yet confirmed: after a crash
    each may or may not be in the target. `sent_at` is when that create or update was sent, on the database's clock in
    epoch seconds, and None while no write is in doubt. `fingerprint` is that of the issue as last applied, `known_as`
    the key that it had then, "" if it never was.
    """

    mapping: str
    site: str
    issue_id: str
    issue_key: str
    record_id: str = ""
    record_number: str = ""
    fingerprint: str = ""
    sent_at: float | None = None
    applied: Mapping[str, Applied] = field(default_factory=dict)
    attempted: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    known_as: str = ""


# --------------------------------------------------------------------------------------------------------------------
# What is to be done


@dataclass(frozen=True, slots=True)
class Create:
    """Create the record with these fields; the link was stored before.

    `empty` are columns that are wanted empty: whatever the target fills them with is no person's edit.
    """

    fields: Mapping[str, str]
    empty: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adopt:
    """The record is there already (a create whose answer was lost, or a database that was): take it."""

    record: Record


@dataclass(frozen=True, slots=True)
class Update:
    """Write these fields, and only these."""

    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AddNote:
    """Append this text to the journal, once. `text` is complete: heading with its marks, then the body.

    Usually one mark; folded history carries one for each comment in it. `edited_ms` are the times to remember with
    them, by comment id, where there are any.
    """

    marks: tuple[Mark, ...]
    text: str
    edited_ms: Mapping[str, int | None] = field(default_factory=dict)


Action = Create | Adopt | Update | AddNote


class Reason(StrEnum):
    """Why nothing is to be done."""

    UNCHANGED = "unchanged since it was last applied"
    SETTLED = "the record already is as the mapping wants it"
    CREATED_ONCE = "policy create_only: the record was created, the rest is up to its people"
    OBSERVED = "policy observe: nothing is written"
    PRIVATE = "the issue has a security level, and the mapping does not send such issues"
    GONE = "the issue was deleted, or is hidden from this integration"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing is to be done, and this is why."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Hold:
    """Something would have to be done, and is not; a person should know why. `field` is "" if it concerns the whole."""

    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is to be done for one issue, in this order. Without actions, `skip` says why.

    `settled` are fields found in the target as desired: what we remember of them is refreshed, nothing is written.
    `omitted` are comments that the mapping leaves out for good; a create stores them before it is sent. `kept` are
    fields in which a person's value stays, as the mapping says.
    """

    actions: tuple[Action, ...] = ()
    skip: Skip | None = None
    holds: tuple[Hold, ...] = ()
    settled: Mapping[str, Applied] = field(default_factory=dict)
    omitted: tuple[Note, ...] = ()
    kept: tuple[str, ...] = ()


# --------------------------------------------------------------------------------------------------------------------
# What came of it


class Result(StrEnum):
    """Every way a piece of work can end. The values are the labels of metrics and the words of the outcome journal."""

    CREATED = "created"
    ADOPTED = "adopted"
    UPDATED = "updated"
    NOTED = "noted"
    UNCHANGED = "unchanged"
    HELD = "held"
    KEPT = "kept"  # a person's value stays, as the mapping says
    WITHHELD = "withheld"
    WARNED = "warned"
    PARKED = "parked"
    DELAYED = "delayed"
    DOUBT = "doubt"
    RESOLVED = "resolved"  # what became of a write in doubt is known


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one action, skip or failure of one issue. Metrics, log lines and the journal listen to these."""

    mapping: str
    issue_id: str
    issue_key: str
    result: Result
    record_id: str = ""
    record_number: str = ""
    reason: str = ""
    cause: str = ""  # of a parked issue: a short stable word
    fields: tuple[str, ...] = ()
    lag: float | None = None  # seconds from Jira's `updated` to the write, on the database's clock
