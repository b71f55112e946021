"""How people name a link: by its issue's key or id, or by its record's number or sys_id."""

from __future__ import annotations

from sqlalchemy import ColumnElement, false, or_

from syncd.store.tables import links


def named(name: str) -> ColumnElement[bool]:
    """Links that go by this name. Nothing is nobody's name, though many links have no record yet."""
    columns = (links.c.issue_key, links.c.issue_id, links.c.record_number, links.c.record_id)
    return or_(*(column == name for column in columns)) if name else false()
