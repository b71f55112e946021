"""The loop breaker: a record that we write again and again is written against by something else.

A rule in the target that undoes a value, an automation that carries it back to Jira: each round looks like an honest
change, and none of them ends. So writes of fields are counted; a new comment is a person's doing and begins the count
anew, once its note has arrived: one that is refused each time would hide a loop. Notes are not counted at all.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, case, select, update

from syncd.core.marker import OF_ISSUE, Mark
from syncd.core.model import Note
from syncd.errors import LoopError
from syncd.store.clock import now
from syncd.store.queue import Work
from syncd.store.tables import links

MOST_WRITES = 20
"""Writes of one record's fields in `SECONDS` that may still be people at work."""

SECONDS = 3600.0


def count_write(connection: Connection, work: Work) -> None:
    """Count a write about to be sent, in the transaction of its intent. Raises LoopError when it is one too many."""
    lately = links.c.writes_since > now() - SECONDS
    connection.execute(
        update(links)
        .where(links.c.id == work.id)
        .values(
            writes=case((lately, links.c.writes + 1), else_=1),
            writes_since=case((lately, links.c.writes_since), else_=now()),
        )
    )
    query = select(links.c.writes, (links.c.writes_since + SECONDS - now()).label("rest"))
    row = connection.execute(query.where(links.c.id == work.id)).one()
    if row.writes > MOST_WRITES:
        raise LoopError(
            f"{work.link.record_number} was written {MOST_WRITES} times within an hour without a new comment, as if "
            "something wrote against it: a business rule in the target, or an automation in Jira. Find it before the "
            "hour is over; then this issue is tried again",
            seconds=float(row.rest),
        )


def uncount_write(connection: Connection, work: Work) -> None:
    """The last one was refused, and so was none: an issue that is tried again and again is parked, and says why."""
    connection.execute(update(links).where(links.c.id == work.id, links.c.writes > 0).values(writes=links.c.writes - 1))


def forget_writes(connection: Connection, work: Work, arrived: Iterable[Mark | Note]) -> None:
    """Begin the count anew if one of these, which are in the journal now, is a comment that was not there before."""
    if any(one.version == 1 and one.comment_id != OF_ISSUE for one in arrived):
        connection.execute(update(links).where(links.c.id == work.id).values(writes=0))
