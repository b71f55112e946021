"""The plan for an issue that Jira does not show any more: what its record is told, and what is set in it. Pure.

| the record              | the mapping says | plan                                                               |
|-------------------------|------------------|--------------------------------------------------------------------|
| never there             | anything         | nothing                                                            |
| gone, or over           | anything         | nothing, and a person is told                                      |
| there                   | keep             | nothing                                                            |
| there                   | note             | one note, unless it was the last thing told                        |
| there                   | set              | the columns that differ, as `conflict` allows; after the note      |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from syncd.core.conflict import Verdict, decide
from syncd.core.lifecycle import Sight, farewell_note
from syncd.core.model import Action, AddNote, Adopt, Hold, Link, Plan, Reason, Record, Skip, Update
from syncd.core.plan import Rules, Wanted, choose, held, is_over
from syncd.core.policy import Policy


def plan_farewell(link: Link, found: Sequence[Record], sight: Sight, rules: Rules, noticed: str = "") -> Plan:
    """The plan of the table above. `sight` HERE means that nothing is to be told; a record found is remembered."""
    if rules.effective is Policy.OBSERVE:
        return Plan(skip=Skip(Reason.OBSERVED))
    record, holds = choose(link, found)
    if record is None:
        return Plan(skip=Skip(Reason.GONE), holds=holds)
    actions: tuple[Action, ...] = () if link.record_id else (Adopt(record),)
    farewell = rules.lifecycle.farewell(sight)
    over = is_over(record, Wanted(farewell.set, {}), rules)
    if over is not None and (farewell.note or farewell.set):
        return Plan(actions, Skip(Reason.HELD), (*holds, over))
    if farewell.note and rules.effective is not Policy.CREATE_ONLY:
        note = farewell_note(link, sight, noticed)
        actions += () if note is None else (note,)
    if rules.effective is Policy.FULL:
        writes, held = _writes(link, record, farewell.set, rules)
        actions += (Update(writes),) if writes else ()
        holds = (*holds, *held)
    return Plan(actions, None if actions else Skip(Reason.GONE), holds)


def by_kind(plan: Plan) -> Iterator[Plan]:
    """The plan in the order in which it is carried out: what is found is remembered, then notes, then columns."""
    for kind in (Adopt, AddNote, Update):
        actions = tuple(action for action in plan.actions if isinstance(action, kind))
        if actions:
            yield Plan(actions)


def _writes(
    link: Link, record: Record, wanted: Mapping[str, str], rules: Rules
) -> tuple[dict[str, str], tuple[Hold, ...]]:
    """The columns to set, and those that a person has changed and that the mapping wants held."""
    writes: dict[str, str] = {}
    holds: list[Hold] = []
    for name, value in wanted.items():
        applied, attempted = link.applied.get(name), link.attempted.get(name)
        match decide(value, record.fields.get(name), applied, attempted, rules.conflict_for(name)):
            case Verdict.WRITE:
                writes[name] = value
            case Verdict.HOLD:
                holds.append(held(name))
            case Verdict.SETTLED | Verdict.KEEP:
                pass
    return writes, tuple(holds)
