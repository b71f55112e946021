"""Whether what the database remembers may be older than what was done: after a backup was restored, say.

While anybody works on a mapping, its cursor's `alive_at` moves on. Where it stood still, either nobody worked, or what
was remembered since is lost: nobody can tell. So a link that was not settled since the gap is believed only as far as
its record confirms it: the journal is read before a note is sent (law 2), and "unchanged" is not believed. A pause of
the mapping is such a gap, too, and so is a clock that was set, back or on: they cost a look and nothing else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select, update

from syncd.store.clock import now
from syncd.store.redating import move_back, wait_again
from syncd.store.tables import cursors

BEAT_SECONDS = 15.0
"""How often the sign of life is written."""

GAP_SECONDS = 60.0
"""A longer silence is a gap. A backup is older than that before it is restored."""


def resumed_at(connection: Connection, mapping: str) -> float | None:
    """Since when this mapping is worked on without a gap, on the database's clock; and a sign of life."""
    silent = (now() - cursors.c.alive_at).label("silent")  # less than none if the clock was set back
    query = select(cursors.c.resumed_at, silent).where(cursors.c.mapping == mapping)
    row = connection.execute(query).one_or_none()
    if row is None or _is_short(row.silent, BEAT_SECONDS):
        return None if row is None else row.resumed_at
    row = connection.execute(query.with_for_update()).one()  # another process may have noticed just now
    gap = not _is_short(row.silent, GAP_SECONDS)
    if gap and row.silent is not None and row.silent < 0:
        move_back(connection, mapping, -row.silent)
    elif gap:
        wait_again(connection, mapping)
    alive = update(cursors).where(cursors.c.mapping == mapping)
    alive = alive.values(alive_at=now(), **({"resumed_at": now()} if gap else {}))
    return float(connection.execute(alive.returning(cursors.c.resumed_at)).scalar_one())


def _is_short(silent: float | None, longest: float) -> bool:
    return silent is not None and -BEAT_SECONDS <= silent <= longest


def may_be_old(row: Any, resumed: float | None, claimed_at: float) -> bool:
    """Whether this link may remember less than was done. Where nothing is known of gaps, any link may."""
    return resumed is None or row.applied_at is None or not resumed <= row.applied_at <= claimed_at
