"""What a listing says about issues, as marks on their links: which are to be looked at, and how urgently.

One verb, one transaction: the marks of a page and the cursor behind it, fenced by the claim of whoever lists (law 5).
An issue that was looked at already in the state that is listed, under the same mapping, is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, func, or_, select, update

from syncd.core.ports import Stub
from syncd.store.claims import Claim, keep
from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.tables import backfills, cursors, links

FRESH_MS = 2_000
"""A listing that shows the same `updated` proves "unchanged" only if Jira's clock was this much later when we looked:
some installations stamp whole seconds, and a second change within the second leaves no trace (jira facts 2.6)."""


class Priority(IntEnum):
    """Lower goes first. Live changes never wait behind history."""

    HINT = 0  # somebody says "look at this one now"
    LIVE = 10  # a poll saw a change
    RETRY = 20  # it failed before
    BACKFILL = 30  # history that somebody asked for by name
    FIRST = 35  # history that the first listing of a new mapping found
    SWEEP = 40  # everything once more, by routine


@dataclass(frozen=True, slots=True)
class Marked:
    """What a page of a listing came to."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class Marking:
    """The verbs of whoever finds work. Each is one transaction."""

    def __init__(self, database: Database, claim_seconds: float) -> None:
        self._database = database
        self.claim_seconds = claim_seconds

    def mark(
        self,
        mapping: str,
        site: str,
        digest: str,
        stubs: Sequence[Stub],
        *,
        listed_at_ms: int,
        priority: Priority,
        cursor_ms: int | None = None,
        backfill: int | None = None,
        claim: Claim | None = None,
    ) -> Marked:
        """Note which issues of a page are to be looked at, and move the cursor, in one transaction (law 5).

        An issue already looked at with the same `updated` under the same mapping is left alone: it costs no call.
        The cursor is the mapping's, or that of the backfill with this id. Nothing is marked or moved, and
        LostClaimError raised, if the `claim` under which was listed is somebody else's by now.
        """
        with self._database.write() as connection:
            if claim is not None:
                keep(connection, claim, self.claim_seconds)
            marked = _mark(connection, mapping, site, digest, stubs, listed_at_ms, priority)
            if backfill is not None:
                _advance(connection, backfill, cursor_ms, len(stubs))
            elif cursor_ms is not None:
                _move(connection, mapping, cursor_ms)
        return marked

    def unseen(self, mapping: str, site: str, digest: str, stubs: Sequence[Stub]) -> set[str]:
        """Ids of the issues that a backfill which marked these would take on: not yet looked at, or held back."""
        with self._database.read() as connection:
            known = _known(connection, mapping, site, [stub.id for stub in stubs])
        return {
            stub.id
            for stub in stubs
            if stub.id not in known or known[stub.id].unasked or not _seen(known[stub.id], milliseconds(stub), digest)
        }

    def want(self, mapping: str, site: str, issue_id: str, key: str, priority: Priority = Priority.HINT) -> None:
        """Look at this issue now, whatever is known of it."""
        with self._database.write() as connection:
            values = {
                "mapping": mapping, "site": site, "issue_id": issue_id, "issue_key": key,
                "wanted": 0, "done": 0, "priority": int(priority), "created_at": now(),
            }  # fmt: skip
            connection.execute(insert_if_absent(connection, links, values))
            this = (links.c.mapping == mapping, links.c.site == site, links.c.issue_id == issue_id)
            connection.execute(update(links).where(*this).values(issue_key=key, **_rearmed(priority)))


def milliseconds(stub: Stub) -> int:
    return int(stub.updated.timestamp() * 1000)


def _mark(
    connection: Connection,
    mapping: str,
    site: str,
    digest: str,
    stubs: Sequence[Stub],
    listed_at_ms: int,
    priority: Priority,
) -> Marked:
    latest = {stub.id: stub for stub in sorted(stubs, key=lambda stub: stub.updated)}
    known = _known(connection, mapping, site, list(latest))
    values = {
        "mapping": mapping, "site": site, "wanted": 1, "due_at": now(), "priority": int(priority), "created_at": now(),
        "mapping_digest": digest, "listed_at_ms": listed_at_ms,
    }  # fmt: skip
    # In one order everywhere, first what is new and then what is known, or two transactions could wait for each other.
    new = _insert(connection, values, [stub for id, stub in sorted(latest.items()) if id not in known])
    if len(known) + len(new) < len(latest):  # another process listed the same issues at the same time
        known = _known(connection, mapping, site, [id for id in latest if id not in new])
    changed = [
        (known[id].id, stub)
        for id, stub in latest.items()
        if id in known and not _seen(known[id], milliseconds(stub), digest)
    ]
    if changed:
        connection.execute(
            update(links)
            .where(links.c.id == bindparam("link"))
            .values(
                issue_key=bindparam("key"),
                issue_updated_ms=bindparam("updated"),
                listed_at_ms=listed_at_ms,
                mapping_digest=digest,
                **_rearmed(priority),
            ),
            [{"link": id, "key": stub.key, "updated": milliseconds(stub)} for id, stub in sorted(changed)],
        )
    if priority is Priority.BACKFILL:
        _ask_for(connection, mapping, site, list(latest))
    return Marked(len(new), len(changed), len(latest) - len(new) - len(changed))


def _ask_for(connection: Connection, mapping: str, site: str, ids: Sequence[str]) -> None:
    """History is asked for by name: what of it waits already is let pass, and goes before what nobody asked for.

    What another transaction has in its hands is left to it: it is being looked at, or marked as more urgent.
    """
    waiting = (
        select(links.c.id)
        .where(links.c.mapping == mapping, links.c.site == site, links.c.issue_id.in_(ids))
        .where(links.c.due_at.is_not(None), links.c.owner.is_(None), links.c.cause == "", _unasked())
        .with_for_update(skip_locked=True)
    )
    connection.execute(
        update(links)
        .where(links.c.id.in_(waiting.scalar_subquery()))
        .values(priority=int(Priority.BACKFILL), ceiling="", waiting="")
    )


def _unasked() -> ColumnElement[bool]:
    return or_(links.c.ceiling != "", links.c.priority > int(Priority.BACKFILL))


def _known(connection: Connection, mapping: str, site: str, ids: Sequence[str]) -> dict[str, Any]:
    query = select(
        links.c.id,
        links.c.issue_id,
        links.c.issue_updated_ms,
        links.c.listed_at_ms,
        links.c.mapping_digest,
        and_(links.c.due_at.is_not(None), _unasked()).label("unasked"),
    ).where(links.c.mapping == mapping, links.c.site == site, links.c.issue_id.in_(ids))
    return {row.issue_id: row for row in connection.execute(query)}


def _insert(connection: Connection, values: Mapping[str, object], stubs: Sequence[Stub]) -> set[str]:
    """Insert links of these issues but for those that another process has just inserted. Returns the ids inserted."""
    rows = [{"issue_id": s.id, "issue_key": s.key, "issue_updated_ms": milliseconds(s)} for s in stubs]
    if not rows:
        return set()
    statement = insert_if_absent(connection, links, values).returning(links.c.issue_id)
    return set(connection.execute(statement, rows).scalars())


def _seen(row: Any, updated_ms: int, digest: str) -> bool:
    return bool(
        row.issue_updated_ms == updated_ms
        and row.mapping_digest == digest
        and row.listed_at_ms is not None
        and row.listed_at_ms >= updated_ms + FRESH_MS
    )


def _rearmed(priority: Priority) -> dict[str, object]:
    """One more generation is wanted. A claimed link is not made due: settling it will see the new generation."""
    urgent = case(
        (or_(links.c.due_at.is_(None), links.c.priority > int(priority)), int(priority)), else_=links.c.priority
    )
    return {
        "wanted": links.c.wanted + 1,
        "ceiling": "",
        "due_at": case(
            (links.c.detached_at.is_not(None), None), (links.c.owner.is_(None), now()), else_=links.c.due_at
        ),
        "priority": urgent,
        "missing_since": None,  # it was seen among the issues of the query
        "suspected": None,
        "sight": None,
    }


def _move(connection: Connection, mapping: str, cursor_ms: int) -> None:
    """The cursor never goes back."""
    connection.execute(
        update(cursors)
        .where(cursors.c.mapping == mapping, or_(cursors.c.cursor_ms.is_(None), cursors.c.cursor_ms < cursor_ms))
        .values(cursor_ms=cursor_ms)
    )


def _advance(connection: Connection, backfill: int, cursor_ms: int | None, count: int) -> None:
    connection.execute(
        update(backfills)
        .where(backfills.c.id == backfill)
        .values(listed=backfills.c.listed + count, cursor_ms=func.coalesce(cursor_ms, backfills.c.cursor_ms))
    )
