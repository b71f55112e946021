"""Which notes records hold: read back from every journal that the mapping writes to (laws 2 and 11).

Comments go where the mapping says, and what became of an issue goes into the work notes, wherever comments go and even
where none do. So there may be two journals to read. Decides nothing about what was found.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.lifecycle import JOURNAL
from syncd.core.marker import Mark
from syncd.core.plan import Rules
from syncd.core.ports import Marks, Target
from syncd.errors import UnreadableError

WAY_OUT = (
    "give the integration user a role that reads sys_journal_field (audit_viewer); where no record of the table has "
    "a note yet, write one by hand, so that it can be seen that notes are shown"
)


def journals(rules: Rules) -> frozenset[str]:
    """The journals that may hold notes of this mapping, also of what it has switched off since."""
    return frozenset({rules.notes.to, JOURNAL})


def needed(rules: Rules) -> frozenset[str]:
    """Those that it writes notes to now, whatever its policy: one that cannot be read is not an empty one."""
    comments = {rules.notes.to} if rules.notes.enabled else set()
    return frozenset(comments | ({JOURNAL} if rules.lifecycle.tells else set()))


def recalled(target: Target, record_ids: Sequence[str], rules: Rules) -> Mapping[str, Marks]:
    """What these records' journals say; every id is a key of the answer. Readable: all that are needed are."""
    read = {column: target.marks_of(record_ids, column) for column in sorted(journals(rules))}
    return {one: joined({column: marks[one] for column, marks in read.items()}, needed(rules)) for one in record_ids}


def joined(read: Mapping[str, Marks], matters: frozenset[str]) -> Marks:
    """What several journals of one record say together, by column."""
    found = frozenset[Mark]().union(*(marks.found for marks in read.values()))
    return Marks(found, readable=all(marks.readable for column, marks in read.items() if column in matters))


def unreadable(connection: str, step: str, whose: str) -> UnreadableError:
    """The refusal to go on without knowing which notes there are."""
    return UnreadableError(
        f"{whose} cannot be read, so nobody can tell which notes are in it, and none is sent",
        system=connection,
        step=step,
        detail=WAY_OUT,
    )
