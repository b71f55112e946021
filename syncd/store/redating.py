"""What was dated by a clock that was then set is dated anew. Nothing here finds out that it was: `memory.py` does.

| the clock was | what stands in the database would                    | so                                       |
|---------------|------------------------------------------------------|------------------------------------------|
| set back      | wait until the clock gets there again                | whatever lies ahead is moved back as far |
| set on        | count as long past, though it may be under way still | writes in doubt count as sent now        |

Set on, or standing still while nobody worked, or asleep together with the process that was sending: nobody can tell
these apart. So writes in doubt are waited for once more after every gap (law 3).
"""

from __future__ import annotations

from sqlalchemy import CTE, ColumnElement, Connection, case, or_, select, update

from syncd.core.model import NoteState
from syncd.store.clock import now
from syncd.store.tables import links, notes

_AHEAD = (links.c.due_at, links.c.sent_at, links.c.missing_since, links.c.failing_since, links.c.writes_since)
"""What is waited for, or counted from."""


def move_back(connection: Connection, mapping: str, seconds: float) -> None:
    """The clock was set back by about so much: what lies ahead of it lies ahead by less, or is past as it was."""
    late = notes.c.state == NoteState.INTENT, notes.c.sent_at > now()
    ahead = or_(*(column > now() for column in _AHEAD), links.c.id.in_(select(notes.c.link_id).where(*late)))
    moved = {column: case((column > now(), column - seconds), else_=column) for column in _AHEAD}
    these = _free(mapping, ahead)
    of_these = notes.c.link_id.in_(select(these.c.id))
    connection.execute(update(notes).where(*late, of_these).values(sent_at=notes.c.sent_at - seconds))
    these = _free(mapping, ahead)
    connection.execute(update(links).where(links.c.id.in_(select(these.c.id))).values(moved))


def wait_again(connection: Connection, mapping: str) -> None:
    """Writes whose fate is not known may have been under way until now."""
    open_ = notes.c.state == NoteState.INTENT
    these = _free(mapping, links.c.id.in_(select(notes.c.link_id).where(open_)))
    connection.execute(update(notes).where(open_, notes.c.link_id.in_(select(these.c.id))).values(sent_at=now()))
    these = _free(mapping, links.c.sent_at.is_not(None))
    connection.execute(update(links).where(links.c.id.in_(select(these.c.id))).values(sent_at=now()))


def _free(mapping: str, which: ColumnElement[bool]) -> CTE:
    """Pending links, locked. What another transaction has in hand it dates itself; to wait for it could be mutual."""
    mine = links.c.mapping == mapping, or_(links.c.due_at.is_not(None), links.c.missing_since.is_not(None))
    return select(links.c.id).where(*mine, which).with_for_update(skip_locked=True).cte("free")
