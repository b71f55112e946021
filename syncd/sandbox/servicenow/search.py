"""Runs an encoded query over the rows: which match, in which order. Access rules come later, as on the real one.

Conditions that are invalid (unknown field, unknown operator, a field that the user may not read) are ignored, which
makes the answer broader, unless the instance says that invalid queries return no rows (facts 1.44).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from syncd.sandbox.servicenow.candidates import candidates
from syncd.sandbox.servicenow.conditions import Asker, Test, test_of
from syncd.sandbox.servicenow.database import Database, Row, rank
from syncd.sandbox.servicenow.encoded_query import (
    Alternatives,
    Condition,
    Join,
    Order,
    Query,
    Related,
    Term,
    TextSearch,
    Unreadable,
)
from syncd.sandbox.servicenow.paths import reader, resolve


class _InvalidQuery(Exception):
    """An invalid condition on an instance where such a query returns no rows."""


def matching(database: Database, table: str, query: Query, asker: Asker) -> list[Row]:
    """All rows of the table (and of what extends it) that match, in no particular order."""
    try:
        groups = [_tests(database, table, group, asker) for group in query.groups]
    except _InvalidQuery:
        return []
    if len(groups) == 1:
        return _filtered(candidates(database, table, query.groups[0], asker), groups[0])
    found: dict[str, Row] = {}
    for group, tests in zip(query.groups, groups, strict=True):
        found.update((row["sys_id"], row) for row in _filtered(candidates(database, table, group, asker), tests))
    return list(found.values())


def matches(database: Database, table: str, query: Query, row: Row, asker: Asker) -> bool:
    """Whether this one row matches."""
    try:
        return any(all(t(row) for t in _tests(database, table, group, asker)) for group in query.groups)
    except _InvalidQuery:
        return False


def ordered(database: Database, table: str, rows: list[Row], orders: Iterable[Order], salt: int) -> list[Row]:
    """Sorted as asked; ties, and everything if nothing is asked, in the random order of the salt."""
    result = sorted(rows, key=lambda row: rank(row["sys_id"], salt))
    for order in reversed(tuple(orders)):
        path = resolve(database, table, order.field)
        if path is None:
            continue
        read = reader(database, path)
        if path.column.is_number:
            result.sort(key=lambda row, read=read: int(read(row) or "0"), reverse=order.descending)  # type: ignore[misc]
        else:
            result.sort(key=lambda row, read=read: read(row).lower(), reverse=order.descending)  # type: ignore[misc]
    return result


def _filtered(rows: Iterable[Row], tests: list[Test]) -> list[Row]:
    for test in tests:
        rows = [row for row in rows if test(row)]
    return list(rows)


def _tests(database: Database, table: str, group: tuple[Alternatives, ...], asker: Asker) -> list[Test]:
    tests = []
    for terms in group:
        alternatives = [t for t in (_test(database, table, term, asker) for term in terms) if t is not None]
        if len(alternatives) == 1:
            tests.append(alternatives[0])
        elif alternatives:
            tests.append(_any_of(alternatives))
    return tests


def _any_of(alternatives: list[Test]) -> Test:
    return lambda row: any(test(row) for test in alternatives)


def _test(database: Database, table: str, term: Term, asker: Asker) -> Test | None:
    """The test of a term, None if it is to be ignored."""
    test: Test | None
    match term:
        case Condition():
            test = test_of(term, database, table, asker)
        case TextSearch():
            words = term.words.lower().split()
            test = lambda row: _has_words(row, words)  # noqa: E731 - one shape for all cases
        case Join():
            test = _join_test(database, term, asker)
        case Related():
            test = _related_test(database, term, asker)
        case Unreadable():
            test = None
    if test is None and asker.invalid_returns_none:
        raise _InvalidQuery
    return test


def _has_words(row: Row, words: list[str]) -> bool:
    text = " ".join(row.values()).lower()
    return all(word in text for word in words)


def _join_test(database: Database, join: Join, asker: Asker) -> Test | None:
    if join.other_table not in database.schema:
        return None
    rows = matching(database, join.other_table, join.query, asker)
    values = frozenset(row.get(join.other_field, "") for row in rows) - {""}
    return lambda row: row.get(join.field, "") in values


def _related_test(database: Database, related: Related, asker: Asker) -> Test | None:
    if related.table not in database.schema or database.schema.column(related.table, related.field) is None:
        return None
    counts: dict[str, int] = {}
    for row in matching(database, related.table, related.query, asker):
        target = row.get(related.field, "")
        counts[target] = counts.get(target, 0) + 1
    verdicts: dict[str, Callable[[int], bool]] = {
        "=": lambda n: n == related.count,
        "!=": lambda n: n != related.count,
        ">": lambda n: n > related.count,
        "<": lambda n: n < related.count,
        ">=": lambda n: n >= related.count,
        "<=": lambda n: n <= related.count,
    }
    verdict = verdicts[related.operator]
    return lambda row: verdict(counts.get(row["sys_id"], 0))
