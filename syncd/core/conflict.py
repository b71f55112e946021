"""Three-way decision for one field: what we want, what is there, and what we remember having written (law 4).

    desired   what the mapping wants now
    current   what the target has now (None: the target does not show the column)
    applied   our last confirmed write: `sent`, and `stored` as the target kept it
    attempted a value we were sending when we last lost sight; it may or may not have arrived (None: no doubt)

The rows are asked in this order, and the code below is this table:

| # | situation                                                        | verdict   | why                              |
|---|------------------------------------------------------------------|-----------|----------------------------------|
| 1 | current is desired                                               | SETTLED   | nothing to write|
| 2 | column not shown; applied.sent is desired, nothing attempted     | SETTLED   | written once, cannot be checked  |
| 3 | column not shown otherwise                                       | WRITE     | never written, or in doubt       |
| 4 | current is applied.stored, sent was desired, nothing attempted   | SETTLED   | the target keeps its own form|
| 5 | current is applied.stored, or applied.sent, or attempted         | WRITE     | ours, and outdated               |
| 6 | never written by us, and empty                                   | WRITE     | there is nothing to lose         |
| 7 | anything else is a person's edit: source_wins                    | WRITE     | the mapping says so              |
| 8 |                                   target_wins                    | KEEP      | the mapping says so              |
| 9 |                                   hold                           | HOLD      | a person decides                 |

Row 4 is what keeps a computed priority, a cut text or a blanked choice from being written again and again.
"""

from __future__ import annotations

from enum import Enum, auto

from syncd.core.model import Applied
from syncd.core.policy import ConflictPolicy


class Verdict(Enum):
    SETTLED = auto()
    WRITE = auto()
    KEEP = auto()
    HOLD = auto()


def decide(
    desired: str,
    current: str | None,
    applied: Applied | None,
    attempted: str | None,
    policy: ConflictPolicy,
) -> Verdict:
    """The verdict of the table above."""
    if current is not None and same(current, desired):  # 1
        return Verdict.SETTLED
    sent_before = applied is not None and attempted is None and same(applied.sent, desired)
    if current is None:  # 2, 3
        return Verdict.SETTLED if sent_before else Verdict.WRITE
    if sent_before and applied is not None and applied.stored is not None and same(current, applied.stored):  # 4
        return Verdict.SETTLED
    ours = [value for value in (*_known(applied), attempted) if value is not None]
    if any(same(current, value) for value in ours):  # 5
        return Verdict.WRITE
    if not ours and current == "":  # 6
        return Verdict.WRITE
    match policy:
        case ConflictPolicy.SOURCE_WINS:  # 7
            return Verdict.WRITE
        case ConflictPolicy.TARGET_WINS:  # 8
            return Verdict.KEEP
        case ConflictPolicy.HOLD:  # 9
            return Verdict.HOLD


def _known(applied: Applied | None) -> tuple[str | None, ...]:
    return () if applied is None else (applied.stored, applied.sent)


def same(one: str, other: str) -> bool:
    """Whether two values are the same to the target, which may change line ends and outer blanks (facts 4.21)."""
    return normal(one) == normal(other)


def normal(value: str) -> str:
    """The form in which values are compared: LF line ends, no blanks at line ends or around the whole."""
    lines = value.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
