"""One condition of an encoded query becomes a test of a row. A condition that makes no sense becomes None.

Comparison of strings ignores case; integers compare as numbers, date-times as text (their form sorts, facts 2.1).
An empty column is not equal to anything, so it passes `!=` and `NOT IN`, and never `<` or `>`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.clock import STAMP, parse_stamp
from syncd.sandbox.servicenow.database import Database, Row
from syncd.sandbox.servicenow.encoded_query import Condition
from syncd.sandbox.servicenow.javascript import evaluate
from syncd.sandbox.servicenow.paths import Read, reader, resolve
from syncd.sandbox.servicenow.schema import Column

Test = Callable[[Row], bool]


@dataclass(frozen=True, slots=True)
class Asker:
    """For whom a query is run: javascript and time zone follow the user, hidden fields count as invalid."""

    user: User
    now: datetime
    hidden: Callable[[str], frozenset[str]]
    """The fields of a table that the user may not read."""
    invalid_returns_none: bool = False


ME = "90d1921e5f510100a9ad2572f2b477fe"
"""The id of the dynamic filter option "Me" on every instance."""

_RELATIVE = re.compile(r"@(second|minute|hour|day|week|month|quarter|year)@(ago|ahead)@(\d{1,3})")
_SECONDS = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86400,
    "week": 604800,
    "month": 2592000,
    "quarter": 7776000,
    "year": 31536000,
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def test_of(condition: Condition, database: Database, table: str, asker: Asker) -> Test | None:
    """The test that the condition means on this table, or None if its field, operator or value is invalid."""
    user, now = asker.user, asker.now
    path = resolve(database, table, condition.field)
    if path is None or path.column.name in asker.hidden(path.table) or _first(condition.field) in asker.hidden(table):
        return None
    value = _evaluated(condition, user, now)
    if value is None:
        return None
    read, column = reader(database, path), path.column
    if column.is_journal:
        return None  # journals are not stored on the record, there is nothing to compare
    if column.kind == "glide_date_time":
        return _moment_test(condition.operator, value, read, now, user)
    return _plain_test(condition.operator, value, read, column, database, user)


test_of.__test__ = False  # type: ignore[attr-defined]  # pytest must not take it for one of its own


def _first(dotted: str) -> str:
    return dotted.partition(".")[0]


def _evaluated(condition: Condition, user: User, now: datetime) -> str | None:
    """The value with its `javascript:` parts worked out; those of BETWEEN and ON stand between `@`."""
    if condition.operator in ("BETWEEN", "ON", "NOTON"):
        parts = [evaluate(part, user, now) for part in condition.value.split("@")]
        return None if any(part is None for part in parts) else "@".join(p for p in parts if p is not None)
    return evaluate(condition.value, user, now)


def _plain_test(operator: str, value: str, read: Read, column: Column, database: Database, user: User) -> Test | None:
    wanted = "" if value.upper() == "NULL" else value.lower()
    if column.kind == "boolean":
        wanted = {"1": "true", "0": "false"}.get(wanted, wanted)
    match operator:
        case "=":
            return lambda row: read(row).lower() == wanted
        case "!=":
            return lambda row: read(row).lower() != wanted
        case "<" | "<=" | ">" | ">=":
            return _ordered(operator, value, read, column)
        case "BETWEEN":
            low, at, high = value.partition("@")
            lower, upper = _ordered(">=", low, read, column), _ordered("<=", high, read, column)
            if not at or lower is None or upper is None:
                return None
            return lambda row: lower(row) and upper(row)
        case "IN" | "NOT IN" | "NOTIN":
            among = frozenset(v.strip().lower() for v in value.split(","))
            return (lambda row: read(row).lower() in among) if operator == "IN" else _none_of(read, among)
        case "DYNAMIC":
            return (lambda row: read(row) == user.sys_id) if value == ME else None
        case "SAMEAS" | "NSAMEAS":
            other, same = value.strip(), operator == "SAMEAS"
            return lambda row: (read(row) == row.get(other, "")) is same
        case "INSTANCEOF":
            family = frozenset(database.schema.family(value)) if value in database.schema else frozenset()
            return lambda row: read(row) in family
        case _:
            return _text_test(operator, wanted, read)


def _text_test(operator: str, wanted: str, read: Read) -> Test | None:
    match operator:
        case "LIKE" | "CONTAINS":
            return lambda row: wanted in read(row).lower()
        case "NOT LIKE" | "NOTLIKE" | "DOES NOT CONTAIN":
            return lambda row: wanted not in read(row).lower()
        case "STARTSWITH":
            return lambda row: read(row).lower().startswith(wanted)
        case "ENDSWITH":
            return lambda row: read(row).lower().endswith(wanted)
        case "ISEMPTY" | "EMPTYSTRING":
            return lambda row: not read(row)
        case "ISNOTEMPTY":
            return lambda row: bool(read(row))
        case "ANYTHING":
            return lambda row: True
        case _:
            return None


def _none_of(read: Read, among: frozenset[str]) -> Test:
    return lambda row: read(row).lower() not in among


def _ordered(operator: str, value: str, read: Read, column: Column) -> Test | None:
    if column.is_number:
        if not re.fullmatch(r"-?\d+", value.strip()):
            return None
        bound = int(value)
        return lambda row: bool(read(row)) and _compare(operator, int(read(row)), bound)
    text = value.lower()
    return lambda row: bool(read(row)) and _compare(operator, read(row).lower(), text)


def _compare(operator: str, left: int | str, right: int | str) -> bool:
    match operator:
        case "<":
            return left < right  # type: ignore[operator]  # both are of one type
        case "<=":
            return left <= right  # type: ignore[operator]
        case ">":
            return left > right  # type: ignore[operator]
        case _:
            return left >= right  # type: ignore[operator]


def _moment_test(operator: str, value: str, read: Read, now: datetime, user: User) -> Test | None:
    match operator:
        case "=" | "!=" | "<" | "<=" | ">" | ">=":
            return _moment_compared(operator, value, read)
        case "BETWEEN" | "ON" | "NOTON":
            return _moment_within(operator, value, read)
        case "RELATIVEGT" | "RELATIVEGE" | "RELATIVELT" | "RELATIVELE" | "RELATIVEEE":
            return _relative(operator, value, read, now)
        case "DATEPART":
            day = value.partition("@")[0].lower()
            return _on_weekday(_WEEKDAYS.index(day), read, user) if day in _WEEKDAYS else None
        case "IN" | "NOT IN" | "NOTIN":
            among = frozenset(v.strip() for v in value.split(","))
            return (lambda row: read(row) in among) if operator == "IN" else _none_of(read, among)
        case _:
            return _text_test(operator, value.lower(), read)


def _moment_compared(operator: str, value: str, read: Read) -> Test | None:
    if value in ("", "NULL"):
        return (lambda row: not read(row)) if operator == "=" else lambda row: bool(read(row))
    bound = _stamp(value)
    if bound is None:
        return None
    if operator == "=":
        return lambda row: read(row) == bound
    if operator == "!=":
        return lambda row: read(row) != bound
    return lambda row: bool(read(row)) and _compare(operator, read(row), bound)


def _moment_within(operator: str, value: str, read: Read) -> Test | None:
    """`BETWEENa@b`, `ONlabel@a@b` or `ON2025-09-03`."""
    parts = value.split("@")
    if operator != "BETWEEN" and len(parts) == 1:
        day = parse_stamp(value)
        bounds: list[str | None] = (
            [day.strftime(STAMP), (day + timedelta(seconds=86399)).strftime(STAMP)] if day else [None, None]
        )
    else:
        bounds = [_stamp(part) for part in parts[-2:]]
    if len(bounds) != 2 or None in bounds:
        return None
    low, high, within = str(bounds[0]), str(bounds[1]), operator != "NOTON"
    return lambda row: (low <= read(row) <= high) is within


def _relative(operator: str, value: str, read: Read, now: datetime) -> Test | None:
    found = _RELATIVE.fullmatch(value)
    if found is None:
        return None
    distance = timedelta(seconds=_SECONDS[found[1]] * int(found[3]))
    bound = (now - distance if found[2] == "ago" else now + distance).strftime(STAMP)
    compared = {"RELATIVEGT": ">", "RELATIVEGE": ">=", "RELATIVELT": "<", "RELATIVELE": "<="}
    if operator == "RELATIVEEE":
        return lambda row: read(row)[:10] == bound[:10]
    return lambda row: bool(read(row)) and _compare(compared[operator], read(row), bound)


def _on_weekday(weekday: int, read: Read, user: User) -> Test:
    def test(row: Row) -> bool:
        moment = parse_stamp(read(row)) if read(row) else None
        return moment is not None and moment.astimezone(user.zone).weekday() == weekday

    return test


def _stamp(value: str) -> str | None:
    moment = parse_stamp(value)
    return moment.strftime(STAMP) if moment else None
