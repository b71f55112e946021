"""What a source and a target must be able to do. An adapter satisfies a protocol and passes the contract suite.

Every method raises errors of `syncd.errors` only. Reads may repeat themselves; a write is sent at most once per call
and raises `DoubtfulError` when its fate is unknown (law 3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from syncd.core.lifecycle import Sight
from syncd.core.marker import Mark
from syncd.core.model import Issue, Record, Reference
from syncd.errors import RemoteError


@dataclass(frozen=True, slots=True)
class Stub:
    """A search hit: enough to tell whether the issue must be fetched."""

    id: str
    key: str
    updated: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page of search hits in ascending order of `updated`.

    `reached` is the time up to which the listing is complete: every hit changed before it has been yielded, in this
    page or an earlier one. It never passes the source's own clock and never steps back.
    """

    stubs: tuple[Stub, ...]
    reached: datetime | None
    total: int | None = None  # how many hits the source says there are in all, where it says so


@dataclass(frozen=True, slots=True)
class Fetched:
    """Whole issues, and the ids asked for and not given: deleted, hidden or moved out of sight, unknown which.

    `failed` are issues that are there and cannot be read: one that no program understands stops no other (law 6).
    """

    issues: tuple[Issue, ...]
    missing: tuple[str, ...] = ()
    failed: Mapping[str, RemoteError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where an issue stands, and the key that it has now where the source shows it."""

    sight: Sight
    key: str = ""


class Source(Protocol):
    """Where issues come from."""

    @property
    def site(self) -> str:
        """The lasting name of this installation, e.g. "example.atlassian.net"; known after `prove`."""
        ...

    @property
    def overlap(self) -> timedelta:
        """How far behind the cursor a listing begins, since the source's index lags behind its data."""
        ...

    def prove(self) -> datetime:
        """Prove that the credentials work and return the source's clock. Raises AuthError if they do not."""
        ...

    def narrowed(self, query: str, by: str) -> str:
        """What both queries give, and nothing else. Raises UserError if `by` could reach beyond that."""
        ...

    def changed_since(self, query: str, since: datetime | None) -> Iterator[Page]:
        """Issues of `query` whose `updated` is at or after `since` (None: all), ascending, page by page.

        At least once: an issue may come twice, none may be missing. An answer that cannot be trusted raises.
        """
        ...

    def matching(self, query: str, ids: Sequence[str]) -> tuple[Stub, ...]:
        """Those of these issues that match `query` now, as freshly as the source can tell. Silence proves nothing."""
        ...

    def all_ids(self, query: str) -> Iterator[Sequence[str]]:
        """The ids of all issues of `query`, in as few and as large pages as the source allows.

        An index may leave an issue out that is there: absence is a question, which `whereabouts` answers.
        """
        ...

    def whereabouts(self, query: str, issues: Mapping[str, str]) -> Mapping[str, Whereabouts]:
        """Where each of these issues stands that `query` was not seen to give; `issues` are their last keys by id.

        Asked of the issues themselves, one by one: nothing is inferred from silence. Believe it only if the credentials
        were proven before and are proven after.
        """
        ...

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> Fetched:
        """Whole issues by id with `fields` (ids or names; () means all) and all their comments."""
        ...


@dataclass(frozen=True, slots=True)
class Identity:
    """How a record can be recognised: by its id (known, or derived from the issue) or by its correlation id."""

    record_id: str
    correlation: str


@dataclass(frozen=True, slots=True)
class Marks:
    """What a journal says about us: the markers found, and whether a missing marker proves anything.

    `readable` is False when the journal could not be read or may have been hidden: an unread journal is not an empty
    one.
    """

    found: frozenset[Mark]
    readable: bool


@dataclass(frozen=True, slots=True)
class Resolved:
    """What the target made of the references: the id of each that fits exactly one row, and why the others do not."""

    ids: Mapping[Reference, str] = field(default_factory=dict)
    unresolved: Mapping[Reference, str] = field(default_factory=dict)


class Target(Protocol):
    """Where records are kept. One target is one table of one connection."""

    @property
    def transaction_limit(self) -> float:
        """Seconds after sending during which a write whose answer was lost may still be carried out."""
        ...

    def prove(self) -> None:
        """Prove that the credentials work and the table can be read; raises AuthError, RejectedError, ..."""
        ...

    def missing_columns(self, columns: Sequence[str]) -> Mapping[str, str]:
        """Which of these columns the table certainly lacks or hides from this user, each with a hint or "".

        A target may ignore a column that it does not know, in silence (servicenow facts 1.33, 1.34); this is how a
        typo in a mapping is found before it costs data.
        """
        ...

    def look_up(self, wanted: Sequence[Identity], columns: Sequence[str]) -> Mapping[Identity, tuple[Record, ...]]:
        """The records of many identities in as few calls as possible; every identity is a key of the answer.

        Every record given really has the id or the correlation id asked for. Raises UnreadableError rather than
        answering "none" when rows may be hidden.
        """
        ...

    def resolve(self, references: Sequence[Reference]) -> Resolved:
        """Find what the references mean, by exact match, with a cache."""
        ...

    def create(self, record_id: str, correlation: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        """Create the record under this id and correlation id; the answer says what was stored."""
        ...

    def update(self, record_id: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        """Write these fields and no others; the answer says what was stored."""
        ...

    def add_note(self, record_id: str, column: str, text: str) -> None:
        """Append `text` to the journal column."""
        ...

    def marks(self, record_id: str, column: str) -> Marks:
        """Read the journal of one record back and find our markers in it."""
        ...

    def marks_of(self, record_ids: Sequence[str], column: str) -> Mapping[str, Marks]:
        """What the journals of several records say, in as few calls as possible; every id is a key of the answer."""
        ...

    def tied(self, starts: Sequence[str], columns: Sequence[str]) -> Iterator[Sequence[Record]]:
        """Every visible record whose correlation id begins with one of these, page by page."""
        ...

    def find(self, name: str, columns: Sequence[str]) -> Record:
        """One record by its number or id; raises NotFoundError, also when it is hidden."""
        ...

    def tie(self, record_id: str, correlation: str, columns: Sequence[str]) -> Record:
        """Give a record this correlation id and change nothing else of it; the answer says what was stored."""
        ...

    def record_url(self, record_id: str) -> str:
        """Where a person can open the record."""
        ...
