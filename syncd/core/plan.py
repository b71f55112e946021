"""What is to be done for one issue: (desired, link, current) -> Plan. Decides everything, does nothing.

First, which record is meant:

| link knows a record | records found                 | then                                                    |
|---------------------|-------------------------------|---------------------------------------------------------|
| no                  | none                          | Create                                                  |
| no                  | one                           | Adopt it, then as if linked                             |
| no                  | several                       | Adopt the first by `precedence`, Hold: there are others |
| no                  | only one of something else    | Hold: a person gave it away; nothing is created         |
| yes                 | that one                      | compare its fields                                      |
| yes                 | that one and others           | the same, and Hold: the others are never touched        |
| yes                 | none, or only others          | Hold: the record is gone; nothing is created silently   |
| either              | one that is over (`final`)    | Hold: it is left alone, unless the mapping itself ends it so |

Then, by the mapping's policy:

| policy      | no record yet      | record known                             |
|-------------|--------------------|------------------------------------------|
| full        | fields, then notes | fields by `core.conflict`, then notes    |
| create_only | fields             | nothing                                  |
| notes_only  | fields, then notes | notes                                    |
| observe     | nothing            | nothing (`shown` says what full would do)|
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from syncd.core.conflict import Verdict, decide
from syncd.core.identity import correlation_id, derived_record_id
from syncd.core.lifecycle import Lifecycle, notes_in_sight, of_comments
from syncd.core.model import (
    Action,
    Adopt,
    Applied,
    Create,
    DesiredNote,
    Hold,
    Link,
    Plan,
    Reason,
    Record,
    Skip,
    Update,
)
from syncd.core.notes import NotePlan, plan_notes
from syncd.core.policy import CommentRules, ConflictPolicy, Policy


@dataclass(frozen=True, slots=True)
class Rules:
    """What the mapping decides about planning. `shown` plans for show (dry run): observe then plans like full.

    `status` are the columns that follow the status. The first of them that is wanted leads the others: a record that a
    person keeps open gets no close code. One that it has of us already is kept true.
    """

    policy: Policy
    conflict_for: Callable[[str], ConflictPolicy]
    notes: CommentRules
    final: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shown: bool = False
    lifecycle: Lifecycle = field(default_factory=Lifecycle)
    status: frozenset[str] = frozenset()

    @property
    def effective(self) -> Policy:
        return Policy.FULL if self.shown and self.policy is Policy.OBSERVE else self.policy


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the mapping wants with every reference resolved; what could not be resolved is left out (law 9)."""

    fields: Mapping[str, str]
    on_create: Mapping[str, str]
    notes: tuple[DesiredNote, ...] = ()


def plan_for(wanted: Wanted, link: Link, found: Sequence[Record], rules: Rules) -> Plan:
    """The plan of the tables above. `found` are the records that carry the link's id or correlation id."""
    if rules.effective is Policy.OBSERVE:
        return Plan(skip=Skip(Reason.OBSERVED))
    record, holds = choose(link, found)
    if record is None:
        if holds:
            return Plan(skip=Skip(Reason.HELD), holds=holds)
        return _plan_create(wanted, link, rules)
    adopted: tuple[Action, ...] = () if link.record_id else (Adopt(record),)
    over = is_over(record, wanted, rules)
    if over is not None:
        return Plan(adopted, None if adopted else Skip(Reason.HELD), (*holds, over))
    return _plan_linked(wanted, link, record, rules, adopted, holds)


def choose(link: Link, found: Sequence[Record]) -> tuple[Record | None, tuple[Hold, ...]]:
    """Which of the records found is the link's, and what a person must know about the others."""
    ranked = sorted(found, key=lambda record: precedence(record, link.mapping, link.site, link.issue_id))
    if not link.record_id:
        chosen = next((record for record in ranked if not _given_away(record, link)), None)
        if ranked and chosen is None:
            gone = ranked[0]
            return None, (
                Hold(
                    f"{gone.number or gone.id} was created for this issue and belongs to something else now: its "
                    f"correlation id is {gone.correlation!r}; nothing is created in its place"
                ),
            )
    else:
        chosen = next((record for record in ranked if record.id == link.record_id), None)
        if chosen is None:
            name = link.record_number or link.record_id
            return None, (
                Hold(f"the record {name} is gone or hidden; nothing is created in its place{_besides(ranked)}"),
            )
    others = [record for record in ranked if record is not chosen]
    if chosen is None or not others:
        return chosen, ()
    return chosen, (
        Hold(f"more than one record belongs to this issue{_besides(others)}; {chosen.number} is kept true"),
    )


def precedence(record: Record, mapping: str, site: str, issue_id: str) -> tuple[bool, bool, str, str]:
    """Sorts several records of one issue: first what says itself that it is the issue's, then what was created under
    its id, which a copy never is, then the oldest.
    """
    ours, derived = correlation_id(mapping, site, issue_id), derived_record_id(mapping, site, issue_id)
    return record.correlation != ours, record.id != derived, record.created, record.id


def _given_away(record: Record, link: Link) -> bool:
    """Whether a record that we know by its id alone says that it is something else's. Not what we may just have sent:
    whoever writes correlation ids over, that record is ours.
    """
    ours = correlation_id(link.mapping, link.site, link.issue_id)
    return link.sent_at is None and record.correlation not in ("", ours)


def is_over(record: Record, wanted: Wanted, rules: Rules) -> Hold | None:
    """A record that was ended in the target (an incident closed by ServiceNow's clock) takes no more writes."""
    for column, values in rules.final.items():
        current = record.fields.get(column)
        if current in values and wanted.fields.get(column) != current:
            return Hold(f"{record.number} is over ({column} is {current}) and is left alone")
    return None


def held(column: str) -> Hold:
    """A person's value that the mapping wants a person to decide about."""
    return Hold(
        "a person changed this value, and the mapping says hold, until it is what Jira says or what syncd wrote last",
        field=column,
    )


def _besides(others: Sequence[Record]) -> str:
    return f" (also found: {', '.join(record.number or record.id for record in others)})" if others else ""


def _plan_create(wanted: Wanted, link: Link, rules: Rules) -> Plan:
    notes = _notes(wanted, link, rules, born=None)
    # A value of "" asks for an empty field, and a new record's fields are empty or defaulted by the target.
    fields = {name: value for name, value in {**wanted.on_create, **wanted.fields}.items() if value != ""}
    empty = tuple(name for name, value in wanted.fields.items() if value == "")
    return Plan(actions=(Create(fields, empty), *notes.actions), omitted=notes.omitted)


def _plan_linked(
    wanted: Wanted,
    link: Link,
    record: Record,
    rules: Rules,
    adopted: tuple[Action, ...],
    holds: tuple[Hold, ...],
) -> Plan:
    if rules.effective is Policy.CREATE_ONLY:
        return Plan(adopted, None if adopted else Skip(Reason.CREATED_ONCE), holds)
    writes: dict[str, str] = {}
    settled: dict[str, Applied] = {}
    kept: tuple[str, ...] = ()
    if rules.effective is Policy.FULL:
        lead = next((name for name in wanted.fields if name in rules.status), None)
        led: frozenset[str] = frozenset()
        for name, value in wanted.fields.items():
            current = record.fields.get(name)
            applied = link.applied.get(name)
            match decide(value, current, applied, link.attempted.get(name), rules.conflict_for(name)):
                case Verdict.WRITE:
                    if name not in led or applied is not None:
                        writes[name] = value
                case Verdict.SETTLED:
                    settled[name] = Applied(sent=value, stored=current)
                case Verdict.KEEP:
                    led = rules.status if name == lead else led
                    kept = (*kept, name)
                case Verdict.HOLD:
                    led = rules.status if name == lead else led
                    holds = (*holds, held(name))
    notes = _notes(wanted, link, rules, born=_born(record))
    update = (Update(_with_company(writes, wanted.fields)),) if writes else ()
    actions = (*adopted, *update, *notes.actions)
    skip = None if actions else Skip(Reason.HELD if holds else Reason.SETTLED)
    return Plan(actions, skip, holds, settled, notes.omitted, kept)


def _notes(wanted: Wanted, link: Link, rules: Rules, *, born: datetime | None) -> NotePlan:
    if rules.effective is Policy.CREATE_ONLY:
        return NotePlan()
    comments = plan_notes(link.issue_key, wanted.notes, of_comments(link.notes), rules.notes, born=born)
    if born is None:
        return comments
    return replace(comments, actions=(*notes_in_sight(link, rules.lifecycle), *comments.actions))


def _born(record: Record) -> datetime:
    """When the record was created. If that cannot be told, no comment is older: better sent than lost."""
    try:
        return datetime.fromisoformat(record.created).replace(tzinfo=UTC)
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _with_company(writes: Mapping[str, str], fields: Mapping[str, str]) -> Mapping[str, str]:
    """The fields to write, in the mapping's order, so that a journal of calls reads like the mapping."""
    return {name: writes[name] for name in fields if name in writes}
