"""What references mean: "the user with this e-mail" becomes a sys_id, or a reason why not. Never a guess.

| rows whose column is exactly the value | active ones | answer                              |
|----------------------------------------|-------------|-------------------------------------|
| none                                   |             | not found: try the next candidate   |
| some                                   | exactly one | that one                            |
| some                                   | several     | ambiguous: try the next candidate   |
| some                                   | none        | inactive: try the next candidate    |

A table without a column `active`, or that hides it, counts all rows as active. Answers are remembered, misses for a
shorter time, so that a user who was just added is found soon.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncd.core.model import Reference
from syncd.core.ports import Resolved
from syncd.errors import AuthError, RejectedError
from syncd.servicenow.answer import Row
from syncd.servicenow.chunks import chunked, quoted_length
from syncd.servicenow.query import checked_column, escaped, where
from syncd.servicenow.table import TableApi

HIT_SECONDS = 3600.0
MISS_SECONDS = 300.0
MAX_REMEMBERED = 50_000
ROWS_PER_VALUE = 4
"""Room in a page for values that several rows share."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one (column, value) of a table came to: a sys_id, or "" and the reason."""

    sys_id: str
    reason: str = ""


class Resolver:
    """Resolves references by exact match, with a cache. Threads may share it."""

    def __init__(self, api: TableApi, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._api = api
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str, str], tuple[float, Finding]] = OrderedDict()

    def resolve(self, references: Sequence[Reference]) -> Resolved:
        """Candidates are tried in rounds, so that the second ones are only asked for where the first ones failed."""
        ids: dict[Reference, str] = {}
        reasons: dict[Reference, list[str]] = {reference: [] for reference in references}
        for round_ in range(max((len(reference.candidates) for reference in references), default=0)):
            open_ = [r for r in reasons if r not in ids and round_ < len(r.candidates)]
            for (table, column), asking in _by_column(open_, round_).items():
                findings = self._look_up(table, column, {reference.candidates[round_][1] for reference in asking})
                for reference in asking:
                    value = reference.candidates[round_][1]
                    finding = findings[value]
                    if finding.sys_id:
                        ids[reference] = finding.sys_id
                    else:
                        reasons[reference].append(f'{column} "{value}" {finding.reason}')
        unresolved = {r: "; ".join(why) or "has nothing to look for" for r, why in reasons.items() if r not in ids}
        return Resolved(ids, unresolved)

    def _look_up(self, table: str, column: str, values: Iterable[str]) -> Mapping[str, Finding]:
        findings: dict[str, Finding] = {}
        unknown: list[str] = []
        for value in sorted(values):
            remembered = self._remembered((table, column, value.casefold()))
            if remembered is not None:
                findings[value] = remembered
            elif (flaw := _flaw(column, value)) is not None:
                findings[value] = Finding("", flaw)
            else:
                unknown.append(value)
        for chunk in chunked(unknown, quoted_length):
            for value, finding in self._ask(table, column, chunk):
                findings[value] = finding
                self._remember((table, column, value.casefold()), finding)
        return findings

    def _ask(self, table: str, column: str, values: Sequence[str]) -> Iterator[tuple[str, Finding]]:
        limit = ROWS_PER_VALUE * len(values) + ROWS_PER_VALUE
        step = f"looking up {table} by {column}"
        try:
            page = self._api.page(
                table,
                where(column).is_one_of(values),
                fields=("sys_id", column, "active"),
                limit=limit,
                step=step,
                checked=False,
            )
        except (AuthError, RejectedError) as error:
            if error.status == 401:
                raise
            # One table that is closed to us must not stop what does not need it.
            yield from ((value, Finding("", f"cannot be looked up in {table}: {error.detail}")) for value in values)
            return
        if page.total <= len(page.rows):
            yield from ((value, _judged(column, value, page.rows)) for value in values)
        elif len(values) > 1:
            # Hidden rows, or more than fit: ask for fewer values, so that the doubt falls on the right one.
            middle = len(values) // 2
            yield from self._ask(table, column, values[:middle])
            yield from self._ask(table, column, values[middle:])
        else:
            yield values[0], _unclear(table, column, values[0], page.rows)

    def _remembered(self, key: tuple[str, str, str]) -> Finding | None:
        with self._lock:
            until, finding = self._known.get(key, (0.0, None))
            return finding if until > self._clock() else None

    def _remember(self, key: tuple[str, str, str], finding: Finding) -> None:
        with self._lock:
            self._known[key] = (self._clock() + (HIT_SECONDS if finding.sys_id else MISS_SECONDS), finding)
            self._known.move_to_end(key)
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)


def _by_column(references: Iterable[Reference], round_: int) -> dict[tuple[str, str], list[Reference]]:
    groups: dict[tuple[str, str], list[Reference]] = {}
    for reference in references:
        groups.setdefault((reference.table, reference.candidates[round_][0]), []).append(reference)
    return groups


def _flaw(column: str, value: str) -> str | None:
    """Why this cannot even be asked."""
    if not value.strip():
        return "is empty"
    try:
        checked_column(column)
        escaped(value)
    except ValueError as error:
        return f"cannot be looked up: {error}"
    return None


def _exact(column: str, value: str, rows: Sequence[Row]) -> list[Row]:
    wanted = value.strip().casefold()
    return [row for row in rows if row.get(column, "").strip().casefold() == wanted]


def _judged(column: str, value: str, rows: Sequence[Row]) -> Finding:
    """The table in this module's docstring."""
    exact = _exact(column, value, rows)
    if rows and column not in rows[0]:
        return Finding("", f"cannot be looked up: there is no column {column}, or it is hidden from this user")
    if not exact:
        return Finding("", "is not there")
    active = [row for row in exact if row.get("active", "true") != "false"]
    if not active:
        return Finding("", "is there, but inactive")
    if len(active) > 1:
        return Finding("", f"fits {len(active)} rows")
    return Finding(active[0]["sys_id"])


def _unclear(table: str, column: str, value: str, rows: Sequence[Row]) -> Finding:
    """More rows than were shown, for a single value."""
    if rows and not _exact(column, value, rows):
        return Finding("", f"cannot be looked up: {table} has no column {column}, or it is hidden from this user")
    if len(rows) > ROWS_PER_VALUE:
        return Finding("", "fits many rows")
    return Finding("", "may fit rows that are hidden from this user")
