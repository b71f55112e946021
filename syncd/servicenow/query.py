"""Encoded queries, built so that no value can change their meaning, and checked afterwards so that no ignored condition
goes unnoticed (servicenow facts 1.44 to 1.46).

A `Query` is conditions that must all hold, each a set of alternatives: `where("state").is_("1") & where(...)`. What
cannot be escaped is refused with a ValueError. Sends nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from syncd.servicenow.answer import Row

_COLUMN = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
_NAME = re.compile(r"[A-Za-z0-9_]{1,80}")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: how it is sent, and how to see that a row truly meets it, where that can be seen."""

    column: str
    text: str
    holds: Callable[[str], bool] | None = field(default=None, compare=False)

    def met_by(self, row: Row) -> bool:
        """Whether a row that shows the column may be a hit."""
        return self.holds is None or self.holds(row[self.column])


@dataclass(frozen=True, slots=True)
class Query:
    """Groups joined by AND; within a group OR, which binds to the condition before it (servicenow facts 1.45)."""

    groups: tuple[tuple[Condition, ...], ...] = ()

    def __and__(self, other: Query) -> Query:
        return Query(self.groups + other.groups)

    def __or__(self, other: Query) -> Query:
        """Only single conditions or alternatives can be joined: the language has no brackets."""
        if len(self.groups) != 1 or len(other.groups) != 1:
            raise ValueError("an encoded query has no brackets: only single conditions can be joined by OR")
        return Query((self.groups[0] + other.groups[0],))

    def __str__(self) -> str:
        return "^".join("^OR".join(condition.text for condition in group) for group in self.groups)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the conditions are about; they must be asked for, so that hits can be checked."""
        return tuple(dict.fromkeys(condition.column for group in self.groups for condition in group))

    def met_by(self, row: Row) -> bool:
        """Whether a row that shows all `columns` may be a hit; False proves that the instance ignored a condition."""
        return all(
            all(condition.column in row for condition in group) and any(condition.met_by(row) for condition in group)
            for group in self.groups
        )

    def without_dot_walks(self) -> Query:
        """Only the groups that can be checked on a row with all columns, which has none of other tables."""
        return Query(tuple(group for group in self.groups if not any("." in condition.column for condition in group)))


EVERYTHING = Query()

SERVER_VALUES = frozenset({"gs.getUserName()", "gs.getUserID()"})


@dataclass(frozen=True, slots=True)
class where:
    """A column about to be compared."""

    column: str

    def __post_init__(self) -> None:
        checked_column(self.column)

    def is_(self, value: str) -> Query:
        """Equal, as the database sees it: `folded`. Who needs the exact value compares the hits."""
        wanted = folded(value)
        return self._one(f"={self._text(value)}", lambda found: folded(found) == wanted)

    def is_one_of(self, values: Iterable[str]) -> Query:
        """Equal to one of these. Values that a list cannot hold (a comma, blanks around) are compared singly."""
        distinct = list(dict.fromkeys(values))
        if not distinct or "" in distinct:
            raise ValueError(
                f"{self.column}: a list needs values, and none may be empty (it would match empty columns)"
            )
        singles = [value for value in distinct if not fits_list(value)]
        listed = [value for value in distinct if fits_list(value)]
        conditions: tuple[Condition, ...] = ()
        if listed:
            wanted = frozenset(map(folded, listed))
            text = f"IN{','.join(map(escaped, listed))}"
            conditions += self._one(text, lambda found: folded(found) in wanted).groups[0]
        for value in singles:
            conditions += self.is_(value).groups[0]
        return Query((conditions,))

    def is_not(self, value: str) -> Query:
        """Different. ServiceNow leaves it open whether an empty column counts, so hits are not checked."""
        return self._one(f"!={self._text(value)}", None)

    def contains(self, text: str) -> Query:
        """Somewhere in it. A journal reads as empty, so an empty column proves nothing."""
        wanted = folded(text)
        return self._one(f"LIKE{escaped(text)}", lambda found: not found or wanted in folded(found))

    def starts_with(self, text: str) -> Query:
        wanted = folded(text)
        return self._one(f"STARTSWITH{escaped(text)}", lambda found: folded(found).startswith(wanted))

    def is_empty(self) -> Query:
        return self._one("ISEMPTY", lambda found: found == "")

    def is_not_empty(self) -> Query:
        return self._one("ISNOTEMPTY", lambda found: found != "")

    def after(self, value: str) -> Query:
        """Greater than. The database's order of characters is not ours, so hits are not checked."""
        return self._one(f">{escaped(value)}", None)

    def since(self, moment: datetime) -> Query:
        """At or after: a literal in a query is UTC, whatever zone the user has (servicenow facts 1.47)."""
        text = utc_text(moment)
        return self._one(f">={text}", lambda found: found >= text)

    def before(self, moment: datetime) -> Query:
        text = utc_text(moment)
        return self._one(f"<{text}", lambda found: found < text)

    def is_server_value(self, script: str) -> Query:
        """Equal to what one of the few harmless server functions says, e.g. who we are."""
        if script not in SERVER_VALUES:
            raise ValueError(f"{script!r} is not run on the server")
        return self._one(f"=javascript:{script}", None)

    def between(self, low: str, high: str) -> Query:
        """Both ends included. `@` separates the two and cannot be escaped."""
        if "@" in low + high:
            raise ValueError(f"{self.column}: a range cannot hold an @")
        return self._one(f"BETWEEN{escaped(low)}@{escaped(high)}", None)

    def _text(self, value: str) -> str:
        """A value to be equal to. Alone, the word NULL stands for an empty column there, not for itself."""
        if value.upper() == "NULL":
            raise ValueError(
                f"{self.column}: {value!r} would be read as empty; use is_empty() or is_one_of([{value!r}])"
            )
        return escaped(value)

    def _one(self, text: str, holds: Callable[[str], bool] | None) -> Query:
        return Query(((Condition(self.column, self.column + text, holds),),))


def escaped(value: str) -> str:
    """A value that stays a value: `^` is doubled; line breaks and `javascript:` (it would be run) are refused."""
    if any(ord(character) < 32 or character in "\x7f\x85\u2028\u2029" for character in value):
        raise ValueError("a query cannot hold line breaks or control characters")
    if value.lstrip().lower().startswith("javascript:"):
        raise ValueError('a query cannot hold a value that starts with "javascript:": the instance would run it')
    return value.replace("^", "^^")


def fits_list(value: str) -> bool:
    """Whether a value can stand in an IN list: a comma there cannot be escaped, and blanks around may be lost."""
    return "," not in value and value == value.strip()


def folded(value: str) -> str:
    """As loosely as a database may compare: without regard to case, accents and blanks at the end."""
    plain = unicodedata.normalize("NFKD", value.rstrip())
    return "".join(character for character in plain if not unicodedata.combining(character)).casefold()


def utc_text(moment: datetime) -> str:
    """The one form of date-times in ServiceNow (servicenow facts 2.1)."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone could mean anything")
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def is_column(name: str) -> bool:
    """Whether a column can be called like this at all, dot-walks included."""
    return _COLUMN.fullmatch(name) is not None


def checked_column(column: str) -> str:
    """A column name; anything else could smuggle in an operator."""
    if not is_column(column):
        raise ValueError(f"{column!r} is not a column name")
    return column


def checked_name(name: str) -> str:
    """A table name or sys_id, fit to stand in a path."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is neither a table name nor a sys_id")
    return name
