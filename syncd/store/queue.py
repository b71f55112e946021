"""The link row as a work item: marked by listings (`marking.py`), claimed by workers, settled when applied.

`wanted` counts the changes that were observed and `done` follows it, so any number of changes coalesce into one dirty
row, and an issue is never in a queue twice. `due_at` is the whole state: NULL is clean, past is claimable, future is a
retry or, with an owner, the end of a claim; an expired claim is claimable by the same condition, so recovering from a
crash is no separate path. `owner` is a fencing token: who lost it can neither write nor settle.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, case, delete, func, select, true, update

from syncd.core.lifecycle import Sight
from syncd.core.model import Link
from syncd.core.policy import Ceiling, Ceilings
from syncd.errors import LostClaimError
from syncd.store.ceilings import passable
from syncd.store.claims import CLAIM_SECONDS
from syncd.store.clock import now
from syncd.store.database import Database
from syncd.store.marking import Marking, Priority
from syncd.store.memory import may_be_old, resumed_at
from syncd.store.rows import link_of, notes_by_link, notes_of
from syncd.store.tables import claims, links

NO_CEILINGS = Ceilings()

WELL = {"attempts": 0, "cause": "", "error": "", "failing_since": None, "waiting": "", "ceiling": ""}
"""A link about which there is nothing to complain."""


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed link. `wanted` is the generation that this claim will settle, `updated_ms` Jira's last known change.

    `claimed_at` is on the database's clock: whatever is looked up for this work is looked up after it. `sight` says
    that the issue is established to be out of sight, and `missing_since` since when: then its record is to be told.
    `waiting` is why it was given back the last time, "" if it was not: what is no news need not be said again.
    `may_be_old` says that the link may remember less than was done (`memory.py`).
    """

    id: int
    token: str
    link: Link
    wanted: int
    priority: Priority
    attempts: int
    updated_ms: int | None
    claimed_at: float
    sight: Sight | None = None
    missing_since: float | None = None
    waiting: str = ""
    may_be_old: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """Issues that wait: `delayed` by some trouble with a system, `held_back` by a ceiling."""

    delayed: int = 0
    held_back: int = 0


class Queue(Marking):
    """The verbs of the work queue: those of whoever finds work, and of whoever does it. Each is one transaction."""

    def __init__(self, database: Database, claim_seconds: float = CLAIM_SECONDS) -> None:
        super().__init__(database, claim_seconds)

    def claim(self, mapping: str, site: str, limit: int, ceilings: Ceilings = NO_CEILINGS) -> list[Work]:
        """Take up to `limit` due links, most urgent first; nobody else gets them while the claim lasts.

        Only those of this Jira: another one has other issues under the same ids. And none that one of the mapping's
        ceilings holds back in this cycle.
        """
        token = uuid.uuid4().hex
        due = (
            select(links.c.id)
            .where(*_claimable(mapping, site, ceilings))
            .order_by(links.c.priority, links.c.due_at, links.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
            # A table expression is worked out once; a plain subquery may be asked again for each row, past its limit.
            .cte("due")
        )
        with self._database.write() as connection:
            resumed = resumed_at(connection, mapping)
            rows = connection.execute(
                update(links)
                .where(links.c.id.in_(select(due.c.id)))
                .values(owner=token, due_at=now() + self.claim_seconds)
                .returning(*links.c)
            ).all()
            written = notes_by_link(connection, [row.id for row in rows])
        rows = sorted(rows, key=lambda row: (row.priority, row.id))
        return [_work(row, row.due_at - self.claim_seconds, written.get(row.id, ()), resumed) for row in rows]

    def due(
        self, mapping: str, site: str, most: int, ceilings: Ceilings = NO_CEILINGS, priority: Priority | None = None
    ) -> int:
        """How many links `claim` could take now, of this priority or of any; nobody counts further than `most`."""
        these = _claimable(mapping, site, ceilings)
        if priority is not None:
            these = (*these, links.c.priority == int(priority))
        some = select(links.c.id).where(*these).limit(most).subquery()
        with self._database.read() as connection:
            return int(connection.execute(select(func.count()).select_from(some)).scalar_one())

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

    def settle(self, work: Work, fingerprint: str, *, held: str | None = None) -> None:
        """This generation is applied. If another change was observed meanwhile, the link is due again at once.

        `held` is what is not done about it until a person decides; None: as before.
        """
        self._end(
            work,
            done=work.wanted,
            fingerprint=fingerprint,
            due_at=_unless_changed(work),
            applied_at=now(),
            **WELL,
            **({} if held is None else {"held": held}),
            known_as=work.link.issue_key,
            # A farewell is over with its telling, unless the issue was listed meanwhile.
            **({} if work.sight is None else {"missing_since": None}),
        )

    def delay(self, work: Work, seconds: float, *, attempts: int | None = None, reason: str | None = None) -> None:
        """Give it back, to be claimed again after `seconds`, for this reason (None: none that is news).

        `attempts`: how often it failed; None: as before.
        """
        self._end(
            work,
            due_at=now() + seconds,
            attempts=work.attempts if attempts is None else attempts,
            waiting=work.waiting if reason is None else reason,
        )

    def hold_back(self, work: Work, ceiling: Ceiling, reason: str) -> None:
        """Give it back because of a ceiling: it stays due, and is claimed again when the ceiling allows."""
        self._end(work, due_at=now(), ceiling=ceiling, waiting=reason)

    def park(self, work: Work, cause: str, error: str, seconds: float) -> None:
        """This issue failed: set it aside with its cause. A new change makes it due at once."""
        self._end(
            work,
            due_at=case((links.c.wanted == work.wanted, now() + seconds), else_=now()),
            # History that failed is history still: it has no lag, and nobody is woken because it waits.
            priority=case((links.c.priority > int(Priority.RETRY), links.c.priority), else_=int(Priority.RETRY)),
            attempts=links.c.attempts + 1,
            cause=cause,
            error=error,
            waiting="",
            ceiling="",
            failing_since=func.coalesce(links.c.failing_since, now()),
        )

    def lose_sight(self, work: Work) -> None:
        """The issue is missing: done with until it is known where it stands, or a listing shows it again."""
        self._end(
            work,
            done=work.wanted,
            due_at=_unless_changed(work),
            issue_updated_ms=case((links.c.wanted == work.wanted, None), else_=links.c.issue_updated_ms),
            missing_since=case((links.c.wanted == work.wanted, func.coalesce(links.c.missing_since, now()))),
            **WELL,
        )

    def forget(self, work: Work) -> None:
        """The issue is gone and never had a record: there is nothing to remember, unless it was listed meanwhile."""
        with self._database.write() as connection:
            hold(connection, work, owner=None, due_at=_unless_changed(work))
            connection.execute(delete(links).where(links.c.id == work.id, links.c.wanted == work.wanted))

    def release_all(self) -> int:
        """Give back every claim at once. Only for the one process that holds the database's lock (SQLite)."""
        with self._database.write() as connection:
            connection.execute(
                update(claims).where(claims.c.owner.is_not(None)).values(owner=None, until=None, begun_at=None)
            )
            return connection.execute(
                update(links).where(links.c.owner.is_not(None)).values(owner=None, due_at=now())
            ).rowcount

    def next_due_in(self, mapping: str, *, failed: bool) -> float | None:
        """Seconds until the next link falls due: retries of failed ones, or only work that merely waits.

        What a ceiling holds back falls due with a new cycle, which no time tells.
        """
        with self._database.read() as connection:
            seconds = connection.execute(
                select(func.min(links.c.due_at) - now()).where(
                    links.c.mapping == mapping,
                    links.c.due_at.is_not(None),
                    links.c.ceiling == "",
                    true() if failed else links.c.cause == "",
                )
            ).scalar_one()
        return None if seconds is None else float(seconds)

    def waiting(self, mapping: str) -> Waiting:
        """What of this mapping's work was begun and is not done, without having failed."""
        held_back = links.c.ceiling != ""
        query = select(
            func.count().filter(held_back).label("held_back"),
            func.count().filter(~held_back, links.c.waiting != "").label("delayed"),
        ).where(links.c.mapping == mapping, links.c.due_at.is_not(None))
        with self._database.read() as connection:
            row = connection.execute(query).one()
        return Waiting(row.delayed, row.held_back)

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


def _claimable(mapping: str, site: str, ceilings: Ceilings) -> tuple[ColumnElement[bool], ...]:
    return (
        links.c.mapping == mapping,
        links.c.site == site,
        links.c.due_at <= now(),
        links.c.detached_at.is_(None),
        passable(mapping, ceilings),
    )


def _unless_changed(work: Work) -> ColumnElement[float | None]:
    """`due_at` of a link that is done with: NULL, or at once if another change was observed during the work."""
    return case((links.c.wanted == work.wanted, None), else_=now())


def _work(row: Any, claimed_at: float, written: Sequence[Any], resumed: float | None) -> Work:
    old = may_be_old(row, resumed, claimed_at)
    link = link_of(row, notes_of(written))
    return Work(
        id=row.id,
        token=row.owner,
        # The issue may be as it was remembered, and its record as it became since.
        link=replace(link, fingerprint="") if old else link,
        wanted=row.wanted,
        priority=Priority(row.priority),
        attempts=row.attempts,
        updated_ms=row.issue_updated_ms,
        claimed_at=claimed_at,
        waiting=row.waiting,
        sight=Sight(row.sight) if row.sight else None,
        missing_since=row.missing_since,
        may_be_old=old,
    )
