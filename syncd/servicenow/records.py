"""Records as people name them, and writes that leave no doubt behind: what incidents and changes have in common.

The engine resolves doubts itself, with its memory of what it sent. Who uses the client alone has no such memory, so
here a doubtful write is followed by a look: had it happened, it is a success; had it not, the error says so.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from syncd.core.model import Reference
from syncd.errors import DoubtfulError, NotFoundError, RejectedError, UserError
from syncd.http import Door
from syncd.servicenow.answer import Row, text_of
from syncd.servicenow.journal import CLOCK_TOLERANCE
from syncd.servicenow.metadata import Metadata
from syncd.servicenow.query import utc_text, where
from syncd.servicenow.resolve import Resolver
from syncd.servicenow.table import Listing, TableApi

SUMMARY_LENGTH = 160
"""What `short_description` holds; longer ones are cut by the database (servicenow facts 4.20)."""

YOUNGEST = 10
"""Records of one correlation_id that are looked at; it need not be unique (servicenow facts 9.2)."""

PEOPLE = ("sys_id", "email", "user_name", "name")
GROUPS = ("sys_id", "name")


class Records(TableApi):
    """The Table API with memory of the instance's metadata, and with settled writes."""

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self.metadata = Metadata(self)
        self.resolver = Resolver(self)

    def find(self, table: str, name: str, *, fields: Sequence[str] = ()) -> Row:
        """One record by its number or its sys_id. Raises NotFoundError, also when it is hidden."""
        return self.located(table, name, fields=fields).rows[0]

    def located(self, table: str, name: str, *, fields: Sequence[str] = ()) -> Listing:
        """The one record that has this number or sys_id, with the time at which it was read."""
        column = "sys_id" if len(name) == 32 and all(c in "0123456789abcdef" for c in name) else "number"
        wanted = ("sys_id", column, *fields) if fields else ()
        page = self.page(table, where(column).is_(name), fields=wanted, limit=2, step=f"looking for {name}")
        if len(page.rows) == 1 and page.total == 1:
            return page
        context = {"system": self.connection, "step": f"looking for {name}"}
        if not page.rows:
            unseen = ", or hides it from this user" if page.total else ""
            raise NotFoundError(f"has no {name} in {table}{unseen}", **context)  # type: ignore[arg-type]
        raise RejectedError(f"has {page.total} records called {name} in {table}", **context)  # type: ignore[arg-type]

    def create_settled(
        self, table: str, values: Mapping[str, str], *, fields: Sequence[str] = (), step: str = ""
    ) -> Row:
        """Create one record, once, and look for it when the answer leaves a doubt."""
        values = {"sys_id": uuid.uuid4().hex, **values}
        began = time.monotonic()
        try:
            return self.create(table, values, fields=fields, step=step)
        except DoubtfulError as doubt:
            created = self._created(doubt, table, values, fields, timedelta(seconds=time.monotonic() - began))
            if created is None:
                raise doubt.if_absent or doubt from doubt
            return created

    def update_settled(
        self, table: str, sys_id: str, values: Mapping[str, str], *, fields: Sequence[str] = (), step: str = ""
    ) -> Row:
        """Write absolute values (no journals: those append), and look when the answer leaves a doubt."""
        try:
            return self.update(table, sys_id, values, fields=fields, step=step)
        except DoubtfulError as doubt:
            row = self.get(table, sys_id)
            if all(row.get(column) == text_of(value) for column, value in values.items()):
                return row
            raise doubt.if_absent or doubt from doubt

    def _created(
        self, doubt: DoubtfulError, table: str, values: Mapping[str, str], fields: Sequence[str], ago: timedelta
    ) -> Row | None:
        """The row that came of a doubtful create, sent so long ago. It has our sys_id, or, where the instance gave it
        another (servicenow facts 1.50), our correlation_id: but others may have that, too, and one that is older than
        the question is no answer to it.
        """
        query = where("sys_id").is_(values["sys_id"])
        if values.get("correlation_id"):
            query |= where("correlation_id").is_(values["correlation_id"])
        page = self.page(
            table,
            query,
            fields=("sys_created_on", *fields) if fields else (),
            limit=YOUNGEST,
            order="ORDERBYDESCsys_created_on^ORDERBYsys_id",
            step=f"{doubt.step}, looking whether it happened",
        )
        for row in page.rows:
            if row["sys_id"] == values["sys_id"]:
                return row
        oldest = "" if page.at is None else utc_text(page.at - ago - CLOCK_TOLERANCE)
        young = [row for row in page.rows if row.get("sys_created_on", "") >= oldest] if oldest else []
        return young[0] if len(young) == 1 else None

    # ----------------------------------------------------------------------------------------------------------------
    # What a person may write for a value

    def reference(self, table: str, columns: Sequence[str], name: str) -> str:
        """The sys_id of the one row with this name, e-mail or the like; UserError says why there is none."""
        reference = Reference(table, tuple((column, name) for column in columns), name)
        resolved = self.resolver.resolve([reference])
        if reference in resolved.ids:
            return resolved.ids[reference]
        raise UserError(f"{self.connection}: no {table} for {name!r}", [resolved.unresolved[reference]])

    def choice(self, table: str, column: str, wanted: str, problems: list[str]) -> str:
        """The value of a choice that is given by its value or label; one that is none becomes a problem.

        "High" stands for "1 - High" too. Without any choices to compare with, the instance must judge.
        """
        choices = self.metadata.choices(table, column)
        if not choices or wanted in (choice.value for choice in choices):
            return wanted
        meant = {choice.value for choice in choices if any(_says(label, wanted) for label in choice.labels)}
        if len(meant) == 1:
            return meant.pop()
        problems.append(f"{column}: {wanted!r} is none of {offered(self.metadata, table, column)}")
        return wanted

    def stored(self, table: str, row: Row, values: Mapping[str, Any], columns: Sequence[str]) -> None:
        """Raise if the instance accepted the write and stored something else: it blanks unknown choices (1.48)."""
        changed = [column for column in columns if row.get(column, values[column]) != values[column]]
        if changed:
            what = ", ".join(f"{column} is {row.get(column, '')!r}, not {values[column]!r}" for column in changed)
            raise RejectedError(
                f"accepted the write to {table} {row.get('number', row['sys_id'])} and stored something else",
                system=self.connection,
                detail=what,
            )


def _says(label: str, wanted: str) -> bool:
    return wanted.casefold() in (label.casefold(), label.partition(" - ")[2].casefold())


def offered(metadata: Metadata, table: str, column: str) -> str:
    """The choices of a column as a person may write them."""
    return ", ".join(
        choice.label if choice.label == choice.value else f"{choice.label} ({choice.value})"
        for choice in metadata.choices(table, column)
    )


def summary_and_description(short: str, description: str) -> dict[str, str]:
    """A summary that fits; what does not fit goes into the description, so that nothing is lost."""
    line = " ".join(short.split())
    if len(line) <= SUMMARY_LENGTH:
        return {"short_description": line, "description": description}
    cut = line[: SUMMARY_LENGTH - 1].rstrip() + "…"
    return {"short_description": cut, "description": f"{line}\n\n{description}".rstrip()}
