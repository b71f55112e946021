"""Whether what the database remembers may be older than what was done: after a backup was restored, say.

While anybody works on a mapping, its cursor's `alive_at` moves on. Where it stood still, either nobody worked, or what
was remembered since is lost: nobody can tell. So a link that was not settled since the gap is believed only as far as
its record confirms it: the journal is read before a note is sent (law 2), and "unchanged" is not believed. A pause of
the mapping is such a gap, too, and so is a clock that was set back: both cost a look and nothing else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, case, or_, select, update

from syncd.store.clock import now
from syncd.store.tables import cursors

BEAT_SECONDS = 15.0
"""How often the sign of life is written."""

GAP_SECONDS = 60.0
"""A longer silence is a gap. A backup is older than that before it is restored."""


def resumed_at(connection: Connection, mapping: str) -> float | None:
    """Since when this mapping is worked on without a gap, on the database's clock; and a sign of life."""
    alive = cursors.c.alive_at
    set_back = alive > now() + BEAT_SECONDS  # the clock was, or the database is on a machine with another one
    gap = or_(alive.is_(None), alive < now() - GAP_SECONDS, set_back)
    connection.execute(
        update(cursors)
        .where(cursors.c.mapping == mapping, or_(alive.is_(None), alive < now() - BEAT_SECONDS, set_back))
        .values(alive_at=now(), resumed_at=case((gap, now()), else_=cursors.c.resumed_at))
    )
    found = connection.execute(select(cursors.c.resumed_at).where(cursors.c.mapping == mapping)).scalar_one_or_none()
    return None if found is None else float(found)


def may_be_old(row: Any, resumed: float | None, claimed_at: float) -> bool:
    """Whether this link may remember less than was done. Where nothing is known of gaps, any link may."""
    return resumed is None or row.applied_at is None or not resumed <= row.applied_at <= claimed_at
