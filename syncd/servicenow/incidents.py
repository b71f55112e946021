"""Incidents: create, read, update, search, note, close. Choices are the instance's own; none is hard-coded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from syncd.errors import DoubtfulError, UserError
from syncd.servicenow.answer import Row
from syncd.servicenow.journal import Journal
from syncd.servicenow.query import EVERYTHING, Query, where
from syncd.servicenow.records import GROUPS, PEOPLE, Records, offered, summary_and_description
from syncd.servicenow.table import PAGE_SIZE

INCIDENT = "incident"

NEWEST_FIRST = "ORDERBYDESCsys_created_on^ORDERBYDESCsys_id"


class Incidents(Records):
    """What people do with incidents."""

    def create_incident(
        self,
        short_description: str,
        *,
        description: str = "",
        caller: str = "",
        assignment_group: str = "",
        assigned_to: str = "",
        impact: str = "",
        urgency: str = "",
        category: str = "",
        correlation_id: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> Row:
        """Create an incident, exactly once, and return it as it was stored.

        People are given by e-mail, user name or sys_id, groups by name, choices by label or value. `correlation_id` is
        your own key; `fields` are any other columns, as the instance stores them.
        """
        problems: list[str] = []
        values = summary_and_description(short_description, description)
        for column, wanted in (("impact", impact), ("urgency", urgency), ("category", category)):
            if wanted:
                values[column] = self.choice(INCIDENT, column, wanted, problems)
        if problems:
            raise UserError("the incident cannot be created like this", problems)
        values |= self._people(caller, assignment_group, assigned_to)
        if correlation_id:
            values["correlation_id"] = correlation_id
        return self.create_settled(INCIDENT, {**values, **(fields or {})}, step="creating an incident")

    def get_incident(self, name: str) -> Row:
        """An incident by number or sys_id."""
        return self.find(INCIDENT, name)

    def update_incident(self, name: str, fields: Mapping[str, str]) -> Row:
        """Write these columns, as the instance stores them, and no others. Notes go through `add_work_note`."""
        journals = [column for column in fields if column in ("work_notes", "comments", "comments_and_work_notes")]
        if journals:
            raise UserError("journals are appended to, not updated", [f"{c}: use add_work_note" for c in journals])
        sys_id = self.find(INCIDENT, name, fields=("number",))["sys_id"]
        return self.update_settled(INCIDENT, sys_id, fields, step=f"updating {name}")

    def search_incidents(
        self,
        query: Query = EVERYTHING,
        *,
        text: str = "",
        active: bool | None = None,
        correlation_id: str = "",
        updated_since: datetime | None = None,
        fields: Sequence[str] = (),
        limit: int | None = 100,
    ) -> Iterator[Row]:
        """Incidents that meet all of these, newest first; with `limit=None` every one of them, in no useful order."""
        if text:
            query &= where("short_description").contains(text) | where("description").contains(text)
        if active is not None:
            query &= where("active").is_("true" if active else "false")
        if correlation_id:
            query &= where("correlation_id").is_(correlation_id)
        if updated_since is not None:
            query &= where("sys_updated_on").since(updated_since)
        return self._search(query, fields, limit)

    def add_work_note(self, name: str, text: str, *, table: str = INCIDENT, customer_visible: bool = False) -> None:
        """Append a work note, or, if the customer may read it, a comment. It is sent once: a doubt is settled by
        reading the journal back, and raised if the note is not found there.
        """
        if not text.strip():
            raise UserError("a note needs a text")
        column = "comments" if customer_visible else "work_notes"
        found = self.located(table, name, fields=("number",))
        sys_id = found.rows[0]["sys_id"]
        try:
            self.update(table, sys_id, {column: text}, fields=("sys_id",), step=f"adding a note to {name}")
        except DoubtfulError as doubt:
            if Journal(self, table).holds(sys_id, column, text, since=found.at):
                return
            raise doubt.if_absent or doubt from doubt

    def work_notes(self, name: str, *, table: str = INCIDENT, comments: bool = False) -> tuple[Row, ...]:
        """The journal entries that this user may see, oldest first. Needs the role audit_viewer (facts 3.5)."""
        columns = ("work_notes", "comments") if comments else ("work_notes",)
        return Journal(self, table).entries(self.find(table, name, fields=("number",))["sys_id"], columns)

    def close_incident(self, name: str, *, close_code: str, close_notes: str, state: str = "Resolved") -> Row:
        """Resolve an incident, or bring it to another closing state. State and close code are given by label or value
        and compared with the choices of this instance; what is missing or unknown is named before anything is sent.
        """
        problems: list[str] = []
        values = {"state": self.choice(INCIDENT, "state", state, problems)}
        if close_code.strip():
            values["close_code"] = self.choice(INCIDENT, "close_code", close_code, problems)
        else:
            problems.append(f"close_code: missing; one of {offered(self.metadata, INCIDENT, 'close_code')}")
        if close_notes.strip():
            values["close_notes"] = close_notes
        else:
            problems.append("close_notes: missing; a sentence on what was done")
        if problems:
            raise UserError(f"{name} cannot be closed like this", problems)
        sys_id = self.find(INCIDENT, name, fields=("number",))["sys_id"]
        row = self.update_settled(INCIDENT, sys_id, values, step=f"closing {name}")
        self.stored(INCIDENT, row, values, ("state", "close_code"))
        return row

    def _search(self, query: Query, fields: Sequence[str], limit: int | None) -> Iterator[Row]:
        if limit is None:
            yield from self.query(INCIDENT, query, fields=fields, step="searching incidents")
            return
        offset = 0
        while limit > 0:
            # Hidden rows make a page short; the total says when the listing ends (servicenow facts 1.37).
            size = min(limit, PAGE_SIZE)
            page = self.page(
                INCIDENT,
                query,
                fields=("sys_id", *fields) if fields else (),
                limit=size,
                offset=offset,
                order=NEWEST_FIRST,
                step="searching incidents",
            )
            yield from page.rows
            limit, offset = limit - len(page.rows), offset + size
            if offset >= page.total:
                return

    def _people(self, caller: str, assignment_group: str, assigned_to: str) -> dict[str, str]:
        values: dict[str, str] = {}
        if caller:
            values["caller_id"] = self.reference("sys_user", PEOPLE, caller)
        if assigned_to:
            values["assigned_to"] = self.reference("sys_user", PEOPLE, assigned_to)
        if assignment_group:
            values["assignment_group"] = self.reference("sys_user_group", GROUPS, assignment_group)
        return values
