"""ORDER BY as a sort key. Empty values come last going up and first going down, as in Jira's index."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import total_ordering
from typing import Any

from syncd.sandbox.jira.jql.ast import Sort
from syncd.sandbox.jira.jql.context import Context
from syncd.sandbox.jira.jql.names import field_of, known_field
from syncd.sandbox.jira.model import Issue, Option, Rich


@total_ordering
@dataclass(frozen=True, slots=True)
class Reversed:
    """Turns an order around, for values that have no minus."""

    value: Any

    def __lt__(self, other: Reversed) -> bool:
        return bool(other.value < self.value)


def sort_key(order: tuple[Sort, ...], context: Context) -> Callable[[Issue], tuple[Any, ...]]:
    """Without ORDER BY the newest keys come first. An unknown field is a problem of the query."""
    readers: list[tuple[Callable[[Issue], Any], bool]] = []
    for sort in order:
        reader = _reader(sort.field, context)
        if reader is None:
            context.problems.append(f"Not able to sort using field '{sort.field}'.")
        else:
            readers.append((reader, sort.descending))
    if not readers:
        readers = [(lambda issue: issue.id, True)]

    def key(issue: Issue) -> tuple[Any, ...]:
        return tuple(Reversed(_sortable(read(issue))) if down else _sortable(read(issue)) for read, down in readers)

    return key


def _reader(name: str, context: Context) -> Callable[[Issue], Any] | None:
    lowered = name.lower()
    if lowered in ("key", "issuekey", "id", "issue"):
        return lambda issue: (issue.project, issue.number)
    if lowered in ("updated", "updateddate"):
        return lambda issue: issue.updated
    if lowered in ("created", "createddate"):
        return lambda issue: issue.created
    if lowered == "project":
        return lambda issue: issue.project
    if lowered in ("priority", "statuscategory", "resolutiondate", "resolved", "due", "duedate"):
        known = known_field(lowered, context)
        assert known is not None
        return lambda issue: None if (held := known.read(issue)) is None else known.rank(held)
    field = field_of(name)
    return (lambda issue: issue.fields.get(field.id)) if field else None


def _sortable(value: Any) -> tuple[int, Any]:
    """Present before absent, and every value as something that compares with its like."""
    if value is None or value == () or value == "":
        return (1, 0)
    if isinstance(value, Rich):
        return (0, value.wiki.lower())
    if isinstance(value, Option):
        return (0, value.value)
    if isinstance(value, tuple) and not (len(value) == 2 and isinstance(value[1], int)):
        return (0, str(getattr(value[0], "name", value[0])).lower())
    if isinstance(value, datetime | int | float | tuple):
        return (0, value)
    return (0, str(getattr(value, "name", value)).lower())
