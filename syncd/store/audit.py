"""The audit trail: who changed what, append-only, each row sealed to the one before it by its hash.

A row's hash covers its content and the hash of the row before, so a row that was changed, removed, moved or put in
between breaks the chain at its place. `audit_head` knows the last row, so a trail that was cut short is noticed too.
Who can write to the database can compute a whole new chain: note the head now and then (`syncd trail verify` prints
it, and every row is logged with its hash), and `verify` compares it.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from syncd.core.access import Actor
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.tables import audit, audit_head

log = logging.getLogger(__name__)

_ACTOR, _SUBJECT = 255, 255  # the widths of the columns


@dataclass(frozen=True, slots=True)
class Trace:
    """One row of the trail. `at` in epoch seconds of the database's clock."""

    number: int
    at: float
    actor: str
    role: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. `number` and `hash` are the head; `problems` is empty when the trail is whole."""

    number: int
    hash: str
    problems: tuple[str, ...]


class Audit:
    """Append, read, verify. Nothing changes or removes a row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, actor: Actor, action: str, subject: str = "", detail: Mapping[str, Any] | None = None) -> Trace:
        """Append one row. Called before the change where it cannot be in the change's own transaction."""
        with self._database.write() as connection:
            trace = append(connection, actor, action, subject, detail)
        return trace

    def newest(self, limit: int = 50, before: int | None = None, search: str = "") -> list[Trace]:
        """The newest first; `before` is the number to go on from."""
        query = select(audit).order_by(audit.c.number.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.number < before)
        if search:
            words = audit.c.actor, audit.c.action, audit.c.subject
            query = query.where(or_(*(word.contains(search, autoescape=True) for word in words)))
        with self._database.read() as connection:
            return [_trace(row) for row in connection.execute(query)]

    def verify(self, *, number: int | None = None, hash: str = "") -> Verdict:
        """Go through the whole chain. `number` and `hash` are a head noted earlier, which must still be part of it."""
        problems: list[str] = []
        previous, expected, noted = "", 1, number in (None, 0)
        with self._database.read() as connection:
            head = connection.execute(select(audit_head)).one_or_none()
            rows = connection.execution_options(yield_per=1000).execute(select(audit).order_by(audit.c.number))
            for trace in map(_trace, rows):
                if trace.number != expected:
                    problems.append(f"{_rows(expected, trace.number - 1)} missing")
                elif trace.previous != previous:
                    problems.append(f"row {trace.number} does not follow the row before it")
                if trace.hash != _hash(trace):
                    problems.append(f"row {trace.number} was changed")
                if trace.number == number:
                    noted = True
                    if trace.hash != hash:
                        problems.append(f"row {trace.number} is not the one that was noted")
                previous, expected = trace.hash, trace.number + 1
        if head is None:
            problems.append("the head of the trail is missing")
        elif head.number > expected - 1:
            problems.append(f"{_rows(expected, head.number)} missing at the end")
        elif (head.number, head.hash) != (expected - 1, previous):
            problems.append("the head of the trail is not its last row")
        if not noted:
            problems.append(f"row {number}, which was noted, is missing")
        return Verdict(expected - 1, previous, tuple(problems))


def append(
    connection: Connection, actor: Actor, action: str, subject: str = "", detail: Mapping[str, Any] | None = None
) -> Trace:
    """Append one row in the transaction of the change that it tells of. `detail` must be free of secrets."""
    # The row's lock makes writers of all processes take turns; SQLite has one writer anyway.
    head = connection.execute(select(audit_head).where(audit_head.c.id == 1).with_for_update()).one()
    trace = Trace(
        number=head.number + 1,
        at=float(connection.execute(select(now())).scalar_one()),
        actor=actor.name[:_ACTOR],
        role=actor.role,
        action=action,
        subject=subject[:_SUBJECT],
        detail=json.loads(json.dumps(detail or {}, default=str)),
        previous=head.hash,
        hash="",
    )
    sealed = _hash(trace)
    values = {name: getattr(trace, name) for name in Trace.__slots__}
    connection.execute(insert(audit).values({**values, "hash": sealed}))
    connection.execute(update(audit_head).where(audit_head.c.id == 1).values(number=trace.number, hash=sealed))
    log.info(
        "%s: %s %s (row %d, %s)", trace.actor, action, trace.subject, trace.number, sealed, extra={"action": "audit"}
    )
    return Trace(**{**values, "hash": sealed})


def _hash(trace: Trace) -> str:
    content = [
        trace.previous, trace.number, repr(trace.at), trace.actor, trace.role, trace.action, trace.subject,
        trace.detail,
    ]  # fmt: skip
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _rows(first: int, last: int) -> str:
    return f"row {first} is" if first == last else f"rows {first} to {last} are"


def _trace(row: Any) -> Trace:
    return Trace(row.number, row.at, row.actor, row.role, row.action, row.subject, row.detail, row.previous, row.hash)
