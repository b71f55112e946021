"""What a journal says about us: the markers found in it, and whether a missing marker proves anything (law 2).

The journal table is the right source, but it may be closed to us, or answer an empty list because it is hidden
(servicenow facts 3.4, 3.5). Then the display form of the record's journal column is searched (3.3). "Nothing there" is
only believed from a source that has shown us something of its kind.

| journal table                            | display text | readable                                               |
|------------------------------------------|--------------|--------------------------------------------------------|
| all rows shown, one or more              | not asked    | yes                                                    |
| none, and it shows journals of this table| not asked    | yes: the journal is empty                              |
| some rows hidden                         | searched too | no                                                     |
| none, and it shows no journals, or 403   | has text     | yes                                                    |
| the same                                 | empty        | only if the display text of another record has text    |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from syncd.core.marker import Mark, marks_in, marks_of_note
from syncd.core.ports import Marks
from syncd.errors import AuthError, RejectedError
from syncd.servicenow.answer import Row
from syncd.servicenow.query import utc_text, where
from syncd.servicenow.table import TableApi

JOURNAL = "sys_journal_field"
CLOCK_TOLERANCE = timedelta(seconds=5)

SAMPLE = 10
"""Rows or records looked at to learn whether a source shows journals at all."""


class Journal:
    """Reads the journals of one table back. Threads may share it."""

    def __init__(self, api: TableApi, table: str) -> None:
        self._api = api
        self._table = table

    def marks(self, record_id: str, column: str) -> Marks:
        """Our markers in one journal."""
        found, whole = self._from_table(record_id, column)
        if whole is True:
            return Marks(found, readable=True)
        text = self._display(record_id, column)
        found |= frozenset(marks_in(text))
        if whole is False:
            return Marks(found, readable=False)
        return Marks(found, readable=bool(text) or self._shows_display(column))

    def marks_of(self, record_ids: Sequence[str], column: str) -> Mapping[str, Marks]:
        """Our markers in several journals, in one listing; what that does not settle is asked for one by one."""
        if not record_ids:
            return {}
        query = where("element_id").is_one_of(record_ids) & where("element").is_(column)
        step = f"reading the journals of {len(record_ids)} records"
        try:
            listing = self._api.listing(JOURNAL, query, fields=("element_id", "element", "value"), step=step)
        except (AuthError, RejectedError) as error:
            if error.status != 403:
                raise
            return {record_id: self.marks(record_id, column) for record_id in record_ids}
        whole = listing.total == len(listing.rows) and all("value" in row for row in listing.rows)
        if not whole or not (listing.rows or self._shows_rows(column)):
            return {record_id: self.marks(record_id, column) for record_id in record_ids}
        found: dict[str, frozenset[Mark]] = dict.fromkeys(record_ids, frozenset())
        for row in listing.rows:
            found[row["element_id"]] |= frozenset(marks_of_note(row["value"]))
        return {record_id: Marks(marks, readable=True) for record_id, marks in found.items()}

    def entries(self, record_id: str, columns: tuple[str, ...]) -> tuple[Row, ...]:
        """The entries that this user may see, oldest first."""
        query = where("element_id").is_(record_id) & where("element").is_one_of(columns)
        fields = ("element_id", "element", "value", "sys_created_on", "sys_created_by")
        rows = self._api.query(JOURNAL, query, fields=fields, step=f"reading the journal of {record_id}")
        return tuple(sorted(rows, key=lambda row: (row.get("sys_created_on", ""), row["sys_id"])))

    def holds(self, record_id: str, column: str, text: str, *, since: datetime | None) -> bool:
        """Whether an entry made since then says exactly this; False also if that cannot be read."""
        # The clocks of a node and of what stands in front of it may differ a little.
        oldest = "" if since is None else utc_text(since - CLOCK_TOLERANCE)
        try:
            entries = self.entries(record_id, (column,))
        except (AuthError, RejectedError) as error:
            if error.status != 403:
                raise
            return False
        return any(
            row.get("sys_created_on", "") >= oldest and normal(row.get("value", "")) == normal(text) for row in entries
        )

    def _from_table(self, record_id: str, column: str) -> tuple[frozenset[Mark], bool | None]:
        """The markers, and whether that is the whole journal (True), a part (False), or not known (None)."""
        query = where("element_id").is_(record_id) & where("element").is_(column)
        step = f"reading the journal of {record_id}"
        try:
            listing = self._api.listing(JOURNAL, query, fields=("element_id", "element", "value"), step=step)
            found = frozenset(mark for row in listing.rows for mark in marks_of_note(row.get("value", "")))
            if listing.total > len(listing.rows):
                return found, False
            if listing.rows:
                return found, all("value" in row for row in listing.rows)
            return found, True if self._shows_rows(column) else None
        except (AuthError, RejectedError) as error:
            if error.status != 403:
                raise
            return frozenset(), None

    # Both proofs are asked for anew each time. Journals are read back after a doubt only, and rights may be taken away.

    def _shows_rows(self, column: str) -> bool:
        """Whether the journal table shows this user entries of this table at all."""
        # `name` may be the table that the entry was written through (servicenow facts 3.4).
        query = where("name").is_one_of((self._table, "task")) & where("element").is_(column)
        fields = ("sys_id", "name", "element")
        page = self._api.page(JOURNAL, query, fields=fields, limit=SAMPLE, step="trying the journal table")
        return bool(page.rows)

    def _display(self, record_id: str, column: str) -> str:
        step = f"reading the journal of {record_id}"
        row = self._api.get(self._table, record_id, fields=("sys_id", column), display=True, step=step)
        return row.get(column, "")

    def _shows_display(self, column: str) -> bool:
        """Whether display texts of journals are shown to this user: some record lately changed must have one."""
        page = self._api.page(
            self._table,
            where("correlation_id").is_not_empty(),
            fields=("sys_id", "correlation_id", column),
            limit=SAMPLE,
            order="ORDERBYDESCsys_updated_on",
            display=True,
            step=f"trying the journals of {self._table}",
        )
        return any(row.get(column) for row in page.rows)


def normal(text: str) -> str:
    """A text as it compares after storage, which may change line ends and blanks around (servicenow facts 4.21)."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
