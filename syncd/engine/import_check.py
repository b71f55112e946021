"""Ties that come from a file, held against the two systems before one of them is remembered. Writes to neither.

| what is said               | what is true                                          | then    |
|----------------------------|-------------------------------------------------------|---------|
| anything                   | there is no such mapping, or it is of another Jira    | refused |
| an issue or a record twice |                                                       | refused |
| an issue that is detached  |                                                       | taken   |
| an issue and a record      | the record is not in the mapping's table, or hidden   | refused |
|                            | it has the correlation id of something else           | refused |
|                            | only another record has the issue's correlation id    | refused |
|                            | it has the issue's correlation id, or none            | taken   |

A detached issue's record is written by nobody, and may have gone to another issue since. Whether the database itself
knows a tie otherwise is asked when it is remembered (`store/linkage.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import itemgetter

from syncd.core.identity import correlation_id
from syncd.core.model import Record
from syncd.core.pages import pages_of
from syncd.core.ports import Identity
from syncd.engine.engine import Engine
from syncd.engine.prepare import look_up
from syncd.engine.route import Route
from syncd.store.linkage import Tie

TOGETHER = 50
"""Records looked up in one call."""

Said = tuple[int, Tie]
"""A tie, and which of all it is."""


def against(engine: Engine, ties: Sequence[Tie]) -> list[tuple[int, str]]:
    """All that speaks against these ties: which of them it is, and a sentence."""
    said = list(enumerate(ties))
    found = [(at, f"there is no mapping {tie.mapping!r}") for at, tie in said if tie.mapping not in engine.routes]
    found += _twice(said)
    for name, route in engine.routes.items():
        ours = [(at, tie) for at, tie in said if tie.mapping == name]
        if ours:
            route.source.prove()
            engine.store.cursors.begin(name, route.source.site)
            found += _of_route(route, ours)
    return sorted(found, key=itemgetter(0))


def _twice(said: Sequence[Said]) -> Iterator[tuple[int, str]]:
    issues: set[tuple[str, str, str]] = set()
    records: set[tuple[str, str]] = set()
    for at, tie in said:
        issue, record = (tie.mapping, tie.site, tie.issue_id), (tie.mapping, tie.record_id)
        if issue in issues:
            yield at, f"{tie.issue_key} is tied twice"
        if record in records and not tie.detached:
            yield at, f"{tie.record_number} ({tie.record_id}) is tied twice"
        issues.add(issue)
        if not tie.detached:
            records.add(record)


def _of_route(route: Route, said: Sequence[Said]) -> Iterator[tuple[int, str]]:
    site = route.source.site
    for at, tie in said:
        if tie.site != site:
            yield at, f"{tie.issue_key} is of the Jira at {tie.site}, and mapping {route.name} of {site}"
    to_ask = [(at, tie) for at, tie in said if tie.site == site and not tie.detached]
    for some in pages_of(to_ask, TOGETHER):
        found, hidden = look_up(route, [_identity(tie) for _, tie in some])
        for at, tie in some:
            identity = _identity(tie)
            if identity in hidden:
                yield at, f"{tie.issue_key}: {hidden[identity]}"
            else:
                yield from ((at, sentence) for sentence in _of_tie(route, tie, found[identity]))


def _of_tie(route: Route, tie: Tie, found: Sequence[Record]) -> Iterator[str]:
    ours = _identity(tie).correlation
    record = next((one for one in found if one.id == tie.record_id), None)
    named = f"{tie.record_number} ({tie.record_id})"
    if record is None:
        yield f"{tie.issue_key}: table {route.mapping.target.table} has no record {named}, or hides it from this user"
    elif record.correlation not in ("", ours):
        yield f"{tie.issue_key}: {named} belongs to something else: its correlation id is {record.correlation!r}"
    if record is None or record.correlation != ours:
        for other in found:
            if other is not record:
                yield f"{tie.issue_key} has another record: {other.number} has its correlation id"


def _identity(tie: Tie) -> Identity:
    return Identity(tie.record_id, correlation_id(tie.mapping, tie.site, tie.issue_id))
