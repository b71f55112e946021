"""Journals: entries are rows of sys_journal_field, the journal column of the record itself stays empty (facts 3)."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.database import Database, Row
from syncd.sandbox.servicenow.display import local_moment

TABLE = "sys_journal_field"
_LISTED = {"comments_and_work_notes": ("comments", "work_notes")}


def entries(database: Database, element_id: str, elements: Iterable[str] = ()) -> list[Row]:
    """A record's entries in the order they were written."""
    wanted = tuple(elements)
    rows = database.tables[TABLE].having("element_id", [element_id])
    return [row for row in rows if not wanted or row.get("element") in wanted]


def display_text(database: Database, table: str, element: str, element_id: str, user: User) -> str:
    """The whole journal as one text, newest first (facts 3.3). It cannot be taken apart again, and should not be."""
    elements = _LISTED.get(element, (element,))
    columns = database.schema.columns(table)
    return "".join(
        f"{local_moment(row['sys_created_on'], user)} - {author(database, row['sys_created_by'])} "
        f"({columns[row['element']].label})\n{row.get('value', '')}\n\n"
        for row in reversed(entries(database, element_id, elements))
    )


def author(database: Database, user_name: str) -> str:
    """The full name of a user; the user name where there is no such person (`system`)."""
    rows = database.tables["sys_user"].having("user_name", [user_name])
    return rows[0].get("name", user_name) if rows else user_name
