"""One table of one ServiceNow instance as a `Target` (core/ports.py): where records are kept."""

from __future__ import annotations

import operator
import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import reduce
from urllib.parse import quote

from syncd.core.model import Record, Reference
from syncd.core.pages import pages_of
from syncd.core.ports import Identity, Marks, Resolved
from syncd.errors import AuthError, RejectedError, UnreadableError, UserError
from syncd.servicenow.answer import Row
from syncd.servicenow.chunks import chunked, quoted_length
from syncd.servicenow.journal import Journal
from syncd.servicenow.metadata import Column
from syncd.servicenow.query import checked_name, is_column, where
from syncd.servicenow.records import Records

OURS = ("sys_id", "number", "correlation_id", "sys_created_on")
"""The columns that tie a record to its issue; read with every record."""

ORIGIN = "Jira"
"""What `correlation_display` says: the system that the correlation id belongs to (servicenow facts 4.14)."""

LISTED = 100
"""Records of one page of a listing, whose journals are then read in one call: more would not fit into an address."""

_CODE_TAG = re.compile(r"\[(/?)code\]", re.IGNORECASE)


class ServiceNowTarget:
    """One table of one instance. Threads may share it."""

    def __init__(self, api: Records, table: str) -> None:
        try:
            self.table = checked_name(table)
        except ValueError as error:
            raise UserError(f"{table!r} cannot be the name of a table") from error
        self._api = api
        self._journal = Journal(api, table)

    @property
    def transaction_limit(self) -> float:
        """An instance cuts a request off after a minute (servicenow facts 6.7), so later nothing lands."""
        return self._api.door.limits.transaction_limit

    def prove(self) -> None:
        """Read one row, then ask for a correlation id that nobody has.

        An instance ignores a condition on a column that this user may not read (servicenow facts 1.44); if that is so
        of `correlation_id`, every look-up would find strangers or miss our own, and nothing may be written.
        """
        step = f"proving access to {self.table}"
        page = self._api.page(self.table, fields=OURS, limit=1, step=step)
        hidden = [column for column in ("sys_id", "correlation_id") if page.rows and column not in page.rows[0]]
        stranger = where("correlation_id").is_(f"syncd-probe-{uuid.uuid4().hex}")
        if hidden or self._api.page(self.table, stranger, fields=OURS, limit=1, step=step, checked=False).total:
            raise RejectedError(
                f"does not let this user read {' and '.join(hidden) or 'correlation_id'} of {self.table}, without "
                "which records cannot be recognised",
                system=self._api.connection,
                step=step,
            )

    def missing_columns(self, columns: Sequence[str]) -> Mapping[str, str]:
        """Read one row: what is not in it does not exist or is hidden; the dictionary, if it may be read, tells which.

        In an empty table only the dictionary can tell; if that is hidden too, nothing is known to be missing.
        """
        step = f"checking the columns of {self.table}"
        sample = self._api.page(self.table, fields=_shown(columns), limit=1, step=step).rows
        absent = [column for column in columns if not sample or column not in sample[0]]
        if not absent:
            return {}
        known = self._dictionary()
        if not sample:
            absent = [column for column in absent if known and column not in known]
        return {column: _hint(column, known) for column in absent}

    def look_up(self, wanted: Sequence[Identity], columns: Sequence[str]) -> Mapping[Identity, tuple[Record, ...]]:
        """All records that have one of the ids or correlation ids: a page of issues costs one call or a few."""
        found: dict[Identity, tuple[Record, ...]] = {}
        for chunk in chunked(list(dict.fromkeys(wanted)), _length):
            rows = self._rows_of(chunk, _shown(columns))
            records = [record_of(row, columns) for row in rows]
            for identity in chunk:
                found[identity] = tuple(record for record in records if _is(record, identity))
        return found

    def resolve(self, references: Sequence[Reference]) -> Resolved:
        return self._api.resolver.resolve(references)

    def create(self, record_id: str, correlation: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        """The record is created under our id, so that a second create of the same issue collides (facts 1.50, 9.3).

        The id that comes back wins: an instance may reserve the right to choose it.
        """
        values = {
            **fields,
            "sys_id": record_id,
            "correlation_id": correlation,
            "correlation_display": ORIGIN,
        }
        step = f"creating the {self.table} of {correlation}"
        return record_of(self._api.create(self.table, values, fields=_shown(columns), step=step), columns)

    def update(self, record_id: str, fields: Mapping[str, str], columns: Sequence[str]) -> Record:
        step = f"updating {self.table} {record_id}"
        row = self._api.update(self.table, record_id, fields, fields=_shown(columns), step=step)
        return record_of(row, columns)

    def add_note(self, record_id: str, column: str, text: str) -> None:
        """A PATCH of a journal column appends (servicenow facts 3.1)."""
        step = f"adding a note to {self.table} {record_id}"
        self._api.update(self.table, record_id, {column: without_code_tags(text)}, fields=("sys_id",), step=step)

    def marks(self, record_id: str, column: str) -> Marks:
        return self._journal.marks(record_id, column)

    def marks_of(self, record_ids: Sequence[str], column: str) -> Mapping[str, Marks]:
        return self._journal.marks_of(record_ids, column)

    def tied(self, starts: Sequence[str], columns: Sequence[str]) -> Iterator[Sequence[Record]]:
        alternatives = [where("correlation_id").starts_with(start) for start in starts]
        query = reduce(operator.or_, alternatives)
        rows = self._api.query(
            self.table,
            query,
            fields=_shown(columns),
            page_size=LISTED,
            step=f"listing the records of Jira in {self.table}",
        )
        for page in pages_of(rows, LISTED):
            yield [record_of(row, columns) for row in page]

    def find(self, name: str, columns: Sequence[str]) -> Record:
        return record_of(self._api.find(self.table, name, fields=_shown(columns)), columns)

    def tie(self, record_id: str, correlation: str, columns: Sequence[str]) -> Record:
        values = {"correlation_id": correlation, "correlation_display": ORIGIN}
        return self.update(record_id, values, columns)

    def record_url(self, record_id: str) -> str:
        return f"{self._api.door.url}/nav_to.do?uri={quote(f'{self.table}.do?sys_id={record_id}', safe='')}"

    def _dictionary(self) -> Mapping[str, Column]:
        """The table's columns, or none if this user may not read the dictionary."""
        try:
            return self._api.metadata.columns(self.table)
        except (AuthError, RejectedError) as error:
            if error.status != 403:
                raise
            return {}

    def _rows_of(self, wanted: Sequence[Identity], fields: tuple[str, ...]) -> Sequence[Row]:
        """The rows, or an error if there may be more than were shown."""
        query = where("correlation_id").is_one_of(identity.correlation for identity in wanted) | where(
            "sys_id"
        ).is_one_of(identity.record_id for identity in wanted)
        step = f"looking for {len(wanted)} records in {self.table}"
        # Twins of one correlation id are rare, and then there is a next page.
        listing = self._api.listing(self.table, query, fields=fields, page_size=2 * len(wanted) + 10, step=step)
        if listing.total > len(listing.rows):
            raise UnreadableError(
                f"hides {listing.total - len(listing.rows)} of {listing.total} records from this user, so it cannot be "
                "told which exist",
                system=self._api.connection,
                step=step,
            )
        return listing.rows


def _hint(column: str, known: Mapping[str, Column]) -> str:
    if column in known:
        return "it is there, but hidden from this user"
    near = get_close_matches(column, known, n=1)
    return f"did you mean {near[0]}?" if near else ""


def record_of(row: Row, columns: Sequence[str]) -> Record:
    """A row as the core knows it."""
    return Record(
        id=row["sys_id"],
        number=row.get("number", ""),
        correlation=row.get("correlation_id", ""),
        created=row.get("sys_created_on", ""),
        fields={column: row[column] for column in columns if column in row},
    )


def without_code_tags(text: str) -> str:
    """`[code]` in a journal would make the rest of it HTML (servicenow facts 3.6)."""
    return _CODE_TAG.sub(r"(\1code)", text)


def _shown(columns: Sequence[str]) -> tuple[str, ...]:
    """The columns to ask for. What cannot be the name of one is like one that does not exist: not shown."""
    return (*OURS, *(column for column in columns if is_column(column)))


def _is(record: Record, identity: Identity) -> bool:
    return record.id == identity.record_id or record.correlation == identity.correlation


def _length(identity: Identity) -> int:
    return quoted_length(identity.record_id) + quoted_length(identity.correlation)
