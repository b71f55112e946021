"""Which issue is which record, found again: after the database was lost, or where a person says so.

A record says itself whose it is (its correlation id), and its journal which comments are in it (the marks). So the
links of a lost database can be restored from ServiceNow alone. Nothing is written there by `rebuild`; `adopt` writes
the correlation id of the record that it ties.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from syncd.core.identity import correlation_starts, issue_of
from syncd.core.model import Link, Record
from syncd.core.notes import notes_from_marks
from syncd.core.pages import pages_of
from syncd.core.plan import precedence
from syncd.core.ports import Marks, Stub
from syncd.engine.recall import recalled, unreadable
from syncd.engine.route import Route
from syncd.errors import RefusedError
from syncd.store import Store
from syncd.store.linkage import Came, Tie

TOGETHER = 100
"""Records whose journals are read at once: more would not fit into an address."""

AGAINST = {
    Came.BUSY: "is being worked on this moment",
    Came.OTHER: "is tied to another record",
    Came.TAKEN: "belongs to a record that is tied to another issue",
}
"""Why a tie was not taken."""


@dataclass(slots=True)
class Rebuilt:
    """What a rebuild came to. `problems` are sentences: two records of one issue, an issue tied otherwise."""

    records: int = 0
    notes: int = 0
    came: Counter[Came] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def rebuild(route: Route, store: Store, watch: Callable[[Rebuilt], None] = lambda _: None) -> Rebuilt:
    """Restore the links of a mapping from the records in ServiceNow. May be repeated, and may run beside the daemon.

    Of several records of one issue the one is linked that was before: that is known when all have been listed.
    """
    route.source.prove()
    route.target.prove()
    site = route.source.site
    store.cursors.begin(route.name, site)
    done = Rebuilt()

    def rank(record: Record, issue: str) -> tuple[bool, bool, str, str]:
        return precedence(record, route.name, site, issue)

    first: dict[str, Record] = {}
    for page in route.target.tied(correlation_starts(route.name, site), ()):
        for record in page:
            issue = issue_of(record.correlation, route.name, site)
            if issue is None:
                continue
            rival = first.get(issue)
            if rival is not None:
                done.problems.append(
                    f"issue {issue} has two records, {rival.number or rival.id} and {record.number or record.id}"
                )
            if rival is None or rank(record, issue) < rank(rival, issue):
                first[issue] = record
    for chosen in pages_of(first.items(), TOGETHER):
        _remember(route, store, site, chosen, done)
        watch(done)
    return done


def _remember(route: Route, store: Store, site: str, chosen: Sequence[tuple[str, Record]], done: Rebuilt) -> None:
    marks = _recalled(route, [record for _, record in chosen], "restoring links")
    ties = [
        Tie(route.name, site, issue, issue, record.id, record.number, notes_from_marks(marks[record.id].found, ()))
        for issue, record in chosen
    ]
    for tie, came in store.linkage.restore(ties):
        done.records += 1
        done.notes += len(tie.notes) if came is Came.NEW else 0
        done.came[came] += 1
        if came in AGAINST:
            done.problems.append(f"issue {tie.issue_id} ({tie.record_number}) {AGAINST[came]}")


def _recalled(route: Route, records: Sequence[Record], step: str) -> Mapping[str, Marks]:
    """Which notes these records hold. Raises UnreadableError if nobody can tell: they would be sent again."""
    marks = recalled(route.target, [record.id for record in records], route.rules())
    unread = [record.number for record in records if not marks[record.id].readable]
    if unread:
        raise unreadable(route.mapping.target.connection, step, f"the journal of {', '.join(unread)}")
    return marks


def adopt(route: Route, store: Store, stub: Stub, name: str) -> Tie:
    """Tie an issue of the mapping to a record that is there (by number or sys_id), and look at it at the next cycle."""
    site = route.source.site
    store.cursors.begin(route.name, site)
    wanted = route.identity(Link(route.name, site, stub.id, stub.key))
    record = route.target.find(name, ())
    if record.correlation not in ("", wanted.correlation):
        raise RefusedError(
            f"{record.number} belongs to something else: its correlation id is {record.correlation!r}; clear it in "
            "ServiceNow first if that is a mistake"
        )
    found = route.target.look_up([wanted], ())[wanted]
    others = [one for one in found if one.id != record.id and one.correlation == wanted.correlation]
    if others:
        raise RefusedError(f"{stub.key} has a record already: {others[0].number}; clear its correlation id first")
    marks = _recalled(route, [record], f"tying {stub.key}")[record.id]
    tie = Tie(route.name, site, stub.id, stub.key, record.id, record.number, notes_from_marks(marks.found, ()))
    match store.linkage.adopt(tie):
        case Came.BUSY:
            raise RefusedError(f"{stub.key} is being worked on this moment; try again in some seconds")
        case Came.TAKEN:
            raise RefusedError(
                f"{record.number} is tied to another issue; `syncd links detach {record.number}` frees it"
            )
        case Came.OTHER:
            raise RefusedError(f"{stub.key} has another record already; `syncd links detach {stub.key}` frees it first")
    if record.correlation != wanted.correlation:
        route.target.tie(record.id, wanted.correlation, ())
    store.queue.want(route.name, site, stub.id, stub.key)
    return tie
