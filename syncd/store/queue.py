"""The link row as a work item: marked by listings, claimed by workers, settled when applied.

`wanted` counts the changes that were observed and `done` follows it, so any number of changes coalesce into one dirty
row, and an issue is never in a queue twice. `due_at` is the whole state: NULL is clean, past is claimable, future is a
retry or, with an owner, the end of a claim; an expired claim is claimable by the same condition, so recovering from a
crash is no separate path. `owner` is a fencing token: who lost it can neither write nor settle.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, func, or_, select, true, update

from syncd.core.model import Link
from syncd.core.ports import Stub
from syncd.errors import LostClaimError
from syncd.store.clock import now
from syncd.store.database import Database, insert_if_absent
from syncd.store.rows import link_of, notes_by_link, notes_of
from syncd.store.tables import backfills, cursors, links

CLAIM_SECONDS = 15.0
"""How long a claim lasts without renewal, and so how long a killed process's work waits for another."""

FRESH_MS = 2_000
"""A listing that shows the same `updated` proves "unchanged" only if Jira's clock was this much later when we looked:
some installations stamp whole seconds, and a second change within the second leaves no trace (jira facts 2.6)."""


class Priority(IntEnum):
    """Lower goes first. Live changes never wait behind history."""

    HINT = 0
    LIVE = 10
    RETRY = 20
    BACKFILL = 30


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed link. `wanted` is the generation that this claim will settle, `updated_ms` Jira's last known change.

    `claimed_at` is on the database's clock: whatever is looked up for this work is looked up after it.
    """

    id: int
    token: str
    link: Link
    wanted: int
    priority: Priority
    attempts: int
    updated_ms: int | None
    claimed_at: float


@dataclass(frozen=True, slots=True)
class Marked:
    """What a page of a listing came to."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class Queue:
    """The verbs of the work queue. Each is one transaction."""

    def __init__(self, database: Database, claim_seconds: float = CLAIM_SECONDS) -> None:
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
    ) -> Marked:
        """Note which issues of a page are to be looked at, and move the cursor, in one transaction (law 5).

        An issue already looked at with the same `updated` under the same mapping is left alone: it costs no call.
        The cursor is the mapping's, or that of the backfill with this id.
        """
        with self._database.write() as connection:
            marked = _mark(connection, mapping, site, digest, stubs, listed_at_ms, priority)
            if backfill is not None:
                _advance(connection, backfill, cursor_ms, len(stubs))
            elif cursor_ms is not None:
                _move(connection, mapping, cursor_ms)
        return marked

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

    def claim(self, mapping: str, site: str, limit: int, *, ceiling: Priority | None = None) -> list[Work]:
        """Take up to `limit` due links, most urgent first; nobody else gets them while the claim lasts.

        Only those of this Jira: another one has other issues under the same ids.
        """
        token = uuid.uuid4().hex
        due = (
            select(links.c.id)
            .where(links.c.mapping == mapping, links.c.site == site, links.c.due_at <= now())
            .where(links.c.priority <= int(ceiling) if ceiling is not None else true())
            .order_by(links.c.priority, links.c.due_at, links.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        with self._database.write() as connection:
            rows = connection.execute(
                update(links)
                .where(links.c.id.in_(due.scalar_subquery()))
                .values(owner=token, due_at=now() + self.claim_seconds)
                .returning(*links.c)
            ).all()
            written = notes_by_link(connection, [row.id for row in rows])
        rows = sorted(rows, key=lambda row: (row.priority, row.id))
        return [_work(row, row.due_at - self.claim_seconds, written.get(row.id, ())) for row in rows]

    def renew(self, works: Sequence[Work]) -> None:
        """Keep these claims alive; those already lost stay lost."""
        if not works:
            return
        with self._database.write() as connection:
            connection.execute(
                update(links)
                .where(links.c.id == bindparam("link"), links.c.owner == bindparam("token"))
                .values(due_at=now() + self.claim_seconds),
                # In one order everywhere, or two transactions could wait for each other's rows.
                [{"link": work.id, "token": work.token} for work in sorted(works, key=lambda work: work.id)],
            )

    def settle(self, work: Work, fingerprint: str) -> None:
        """This generation is applied. If another change was observed meanwhile, the link is due again at once."""
        self._end(
            work,
            done=work.wanted,
            fingerprint=fingerprint,
            due_at=_unless_changed(work),
            attempts=0,
            cause="",
            error="",
            failing_since=None,
            applied_at=now(),
        )

    def delay(self, work: Work, seconds: float, *, attempts: int | None = None) -> None:
        """Give it back, to be claimed again after `seconds`. `attempts`: how often it failed; None: as before."""
        self._end(work, due_at=now() + seconds, attempts=work.attempts if attempts is None else attempts)

    def park(self, work: Work, cause: str, error: str, seconds: float) -> None:
        """This issue failed: set it aside with its cause. A new change makes it due at once."""
        self._end(
            work,
            due_at=case((links.c.wanted == work.wanted, now() + seconds), else_=now()),
            priority=int(Priority.RETRY),
            attempts=links.c.attempts + 1,
            cause=cause,
            error=error,
            failing_since=func.coalesce(links.c.failing_since, now()),
        )

    def lose_sight(self, work: Work) -> None:
        """The issue is out of sight: done with for now, and looked at afresh as soon as a listing shows it again."""
        self._end(
            work,
            done=work.wanted,
            due_at=_unless_changed(work),
            issue_updated_ms=case((links.c.wanted == work.wanted, None), else_=links.c.issue_updated_ms),
            attempts=0,
            cause="",
            error="",
            failing_since=None,
        )

    def forget(self, work: Work) -> None:
        """The issue is gone and never had a record: there is nothing to remember, unless it was listed meanwhile."""
        with self._database.write() as connection:
            hold(connection, work, owner=None, due_at=_unless_changed(work))
            connection.execute(delete(links).where(links.c.id == work.id, links.c.wanted == work.wanted))

    def release_all(self) -> int:
        """Give back every claim at once. Only for the one process that holds the database's lock (SQLite)."""
        with self._database.write() as connection:
            return connection.execute(
                update(links).where(links.c.owner.is_not(None)).values(owner=None, due_at=now())
            ).rowcount

    def backlog(self, mapping: str | None = None) -> Mapping[int, int]:
        """How many links are due now, by priority."""
        with self._database.read() as connection:
            rows = connection.execute(
                select(links.c.priority, func.count())
                .where(links.c.due_at <= now(), links.c.mapping == mapping if mapping else true())
                .group_by(links.c.priority)
            ).all()
        return {int(priority): int(count) for priority, count in rows}

    def next_due_in(self, mapping: str, *, failed: bool) -> float | None:
        """Seconds until the next link falls due: retries of failed ones, or only work that merely waits."""
        with self._database.read() as connection:
            seconds = connection.execute(
                select(func.min(links.c.due_at) - now()).where(
                    links.c.mapping == mapping,
                    links.c.due_at.is_not(None),
                    true() if failed else links.c.cause == "",
                )
            ).scalar_one()
        return None if seconds is None else float(seconds)

    def _end(self, work: Work, **values: object) -> None:
        with self._database.write() as connection:
            hold(connection, work, owner=None, **values)


def hold(connection: Connection, work: Work, **values: object) -> None:
    """Change a link that this claim still owns; raises LostClaimError if it no longer does. The fence of law 11."""
    changed = connection.execute(
        update(links).where(links.c.id == work.id, links.c.owner == work.token).values(**values)
    ).rowcount
    if changed != 1:
        raise LostClaimError(f"{work.link.issue_key}: another process has taken this issue over")


def _unless_changed(work: Work) -> ColumnElement[float | None]:
    """`due_at` of a link that is done with: NULL, or at once if another change was observed during the work."""
    return case((links.c.wanted == work.wanted, None), else_=now())


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
    new = _insert(connection, values, [stub for id, stub in latest.items() if id not in known])
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
    return Marked(len(new), len(changed), len(latest) - len(new) - len(changed))


def _known(connection: Connection, mapping: str, site: str, ids: Sequence[str]) -> dict[str, Any]:
    query = select(
        links.c.id, links.c.issue_id, links.c.issue_updated_ms, links.c.listed_at_ms, links.c.mapping_digest
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
        "due_at": case((links.c.owner.is_(None), now()), else_=links.c.due_at),
        "priority": urgent,
    }


def _move(connection: Connection, mapping: str, cursor_ms: int) -> None:
    """The cursor never goes back."""
    connection.execute(
        update(cursors)
        .where(cursors.c.mapping == mapping, or_(cursors.c.cursor_ms.is_(None), cursors.c.cursor_ms < cursor_ms))
        .values(cursor_ms=cursor_ms)
    )


def _work(row: Any, claimed_at: float, written: Sequence[Any]) -> Work:
    return Work(
        id=row.id,
        token=row.owner,
        link=link_of(row, notes_of(written)),
        wanted=row.wanted,
        priority=Priority(row.priority),
        attempts=row.attempts,
        updated_ms=row.issue_updated_ms,
        claimed_at=claimed_at,
    )


def _advance(connection: Connection, backfill: int, cursor_ms: int | None, count: int) -> None:
    connection.execute(
        update(backfills)
        .where(backfills.c.id == backfill)
        .values(listed=backfills.c.listed + count, cursor_ms=func.coalesce(cursor_ms, backfills.c.cursor_ms))
    )
