"""What a business rule sees, and which rules belong to which table. The rules themselves are in `rules_*`.

A rule gets the record as it was and as it is about to be, may change the latter, and may refuse with a `Problem`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.database import Row
from syncd.sandbox.servicenow.options import Options
from syncd.sandbox.servicenow.problems import data_policy


@dataclass(slots=True)
class Write:
    """A write that is about to happen. `old` is None for an insert; `new` is the whole record and may be changed.

    `sent` are the columns that the caller really set. `notes` are the journal texts that come with the write.
    """

    table: str
    old: Row | None
    new: Row
    sent: frozenset[str]
    notes: dict[str, str]
    user: User
    stamp: str
    options: Options
    label: Callable[[str], str]
    scripted: bool
    """The write comes from a script on the instance, not straight from the Table API."""
    lookup: Callable[[str, str], Row]
    """The row of a table with an id; an empty one if there is none."""

    def before(self, name: str) -> str:
        return self.old.get(name, "") if self.old is not None else ""

    def after(self, name: str) -> str:
        return self.new.get(name, "")

    def changes(self, name: str) -> bool:
        return self.before(name) != self.after(name)

    def sets(self, name: str, value: str) -> None:
        if value:
            self.new[name] = value
        else:
            self.new.pop(name, None)

    def require(self, names: tuple[str, ...]) -> None:
        """A data policy: these must not be empty."""
        missing = [self.label(name) for name in names if not self.after(name)]
        if missing and self.options.mandatory_on_resolve:
            raise data_policy(missing)


Rule = Callable[[Write], None]

PRIORITY = {
    ("1", "1"): "1",
    ("1", "2"): "2",
    ("1", "3"): "3",
    ("2", "1"): "2",
    ("2", "2"): "3",
    ("2", "3"): "4",
    ("3", "1"): "3",
    ("3", "2"): "4",
    ("3", "3"): "5",
}
"""(impact, urgency) to priority (facts 4.3)."""


def computed_priority(write: Write) -> None:
    """The priority is looked up; one that is sent directly is overwritten."""
    found = PRIORITY.get((write.after("impact"), write.after("urgency")))
    write.sets("priority", found or write.before("priority") or "5")


def opened(write: Write) -> None:
    """Who opened a task and when, unless the caller said so."""
    if write.old is None:
        write.sets("opened_at", write.after("opened_at") or write.stamp)
        write.sets("opened_by", write.after("opened_by") or write.user.sys_id)


def counted_reassignment(write: Write) -> None:
    """A change of group or person counts, the first assignment does not."""
    moved = any(write.before(name) and write.changes(name) for name in ("assignment_group", "assigned_to"))
    if write.old is not None and moved:
        write.sets("reassignment_count", str(int(write.before("reassignment_count") or "0") + 1))


def closed_task(write: Write, closed_states: tuple[str, ...]) -> None:
    """`active`, `closed_at` and `closed_by` follow the state."""
    was, is_closed = write.before("state") in closed_states, write.after("state") in closed_states
    write.sets("active", "false" if is_closed else "true")
    if is_closed and not was:
        write.sets("closed_at", write.stamp)
        write.sets("closed_by", write.user.sys_id)
    elif was and not is_closed:
        write.sets("closed_at", "")
        write.sets("closed_by", "")
