"""Rows to values and back. A row is `Any`: SQLAlchemy types none of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from syncd.core.model import Applied, Link, Note, NoteState
from syncd.store.tables import notes


def link_of(row: Any, written: tuple[Note, ...]) -> Link:
    return Link(
        mapping=row.mapping,
        site=row.site,
        issue_id=row.issue_id,
        issue_key=row.issue_key,
        record_id=row.record_id,
        record_number=row.record_number,
        fingerprint=row.fingerprint,
        sent_at=row.sent_at,
        applied={name: Applied(value["sent"], value["stored"]) for name, value in row.applied.items()},
        attempted=dict(row.attempted),
        notes=written,
        known_as=row.known_as or "",
    )


def applied_to_json(applied: Mapping[str, Applied]) -> dict[str, dict[str, str | None]]:
    return {name: {"sent": value.sent, "stored": value.stored} for name, value in applied.items()}


def notes_of(rows: Iterable[Any]) -> tuple[Note, ...]:
    return tuple(
        Note(row.comment_id, row.version, row.digest, NoteState(row.state), row.sent_at, row.edited_ms) for row in rows
    )


def notes_by_link(connection: Connection, link_ids: Sequence[int]) -> dict[int, list[Any]]:
    """The notes of many links in one query."""
    found: dict[int, list[Any]] = {}
    if link_ids:
        for row in connection.execute(select(notes).where(notes.c.link_id.in_(link_ids))):
            found.setdefault(row.link_id, []).append(row)
    return found
