"""Whether a write brings a record to its end: what `ceilings.close` counts."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly

from syncd.core.model import Issue
from syncd.mapping.model import CATEGORY, Mapping
from syncd.mapping.paths import PathError
from syncd.mapping.reading import read

DONE = "done"
"""The category of statuses in which nothing is left to do; its key is the same in every language."""


def closes(mapping: Mapping, issue: Issue, columns: ReadOnly[str, str]) -> bool:
    """A value is written that the mapping calls final, or a column that the status sets, of an issue that is done."""
    if any(value in mapping.target.final.get(column, ()) for column, value in columns.items()):
        return True
    return mapping.status is not None and _is_done(issue) and not columns.keys().isdisjoint(mapping.status.columns())


def _is_done(issue: Issue) -> bool:
    try:
        return bool(read(issue, CATEGORY) == DONE)
    except PathError:
        return False
