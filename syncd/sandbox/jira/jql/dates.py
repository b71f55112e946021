"""What a date in a query means: whose zone, which precision, which forms are none (facts section 2)."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.sandbox.jira.jql.ast import And, Clause, Function, Literal, Node, Not, Or

PRECISIONS = {"ms": timedelta(milliseconds=1), "second": timedelta(seconds=1), "minute": timedelta(minutes=1)}

_ABSOLUTE = re.compile(r"(\d{4})([-/])(\d{1,2})\2(\d{1,2})(?: +(\d{1,2}):(\d{1,2}))?")
_PERIOD = re.compile(r"([+-]?)((?:\d+[wdhm]\s*)+)")
_PERIOD_PART = re.compile(r"(\d+)([wdhm])")
_INCREMENT = re.compile(r"([+-]?)(\d+)([yMwdhm]?)")
_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadDateError(ValueError):
    """No date that Jira knows."""


DATE_FORMS = ("epoch", "local", "relative")
"""The forms that a moment may have in a query: milliseconds, a minute of the caller's zone, a period from now."""


def instant(literal: Literal, zone: ZoneInfo, now: datetime, forms: Sequence[str] = DATE_FORMS) -> datetime:
    """A literal as a moment, in one of the forms that this site understands."""
    form = "epoch" if literal.number is not None else "relative" if _PERIOD.fullmatch(literal.text.strip()) else "local"
    if form not in forms:
        raise BadDateError(literal.text)
    if (number := literal.number) is not None:
        try:
            return _EPOCH + timedelta(milliseconds=number)
        except OverflowError as error:
            raise BadDateError(literal.text) from error
    text = literal.text.strip()
    if found := _ABSOLUTE.fullmatch(text):
        year, _, month, day, hour, minute = found.groups()
        try:
            local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), tzinfo=zone)
            return local.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise BadDateError(literal.text) from error
    if found := _PERIOD.fullmatch(text):
        try:
            span = sum((timedelta(**{_UNITS[u]: int(n)}) for n, u in _PERIOD_PART.findall(found[2])), timedelta())
            return now - span if found[1] == "-" else now + span
        except OverflowError as error:
            raise BadDateError(literal.text) from error
    raise BadDateError(literal.text)


def function_instant(function: Function, zone: ZoneInfo, now: datetime) -> datetime | None:
    """`now()`, `startOfDay("-1d")` and their like; None if it is no date function."""
    name = function.name.lower()
    if name == "now":
        return now
    edge, _, unit = name.partition("of")
    if edge not in ("start", "end") or unit not in ("day", "week", "month", "year"):
        return None
    local = now.astimezone(zone)
    try:
        local = _moved(local, function.arguments[0], unit) if function.arguments else local
    except (OverflowError, ValueError) as error:
        raise BadDateError(function.arguments[0]) from error
    start = _start(local, unit)
    if edge == "start":
        return start.astimezone(UTC)
    return (_start(_next(start, unit), unit) - timedelta(milliseconds=1)).astimezone(UTC)


def depends_on_now(node: Node) -> bool:
    """Whether the same query may find something else a moment later although nothing changed."""
    match node:
        case Clause():
            return any(
                isinstance(operand, Function)
                or (isinstance(operand, Literal) and _PERIOD.fullmatch(operand.text.strip()))
                for operand in node.operands
            )
        case Not(inner):
            return depends_on_now(inner)
        case And(items) | Or(items):
            return any(depends_on_now(item) for item in items)


def floored(moment: datetime, precision: timedelta) -> datetime:
    """As coarse as the index keeps it."""
    return moment - (moment - _EPOCH) % precision


def _start(local: datetime, unit: str) -> datetime:
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return midnight - timedelta(days=(midnight.weekday() + 1) % 7)  # Jira's week starts on Sunday
    if unit == "month":
        return midnight.replace(day=1)
    if unit == "year":
        return midnight.replace(month=1, day=1)
    return midnight


def _next(local: datetime, unit: str) -> datetime:
    days = {"day": 1, "week": 7, "month": 31, "year": 366}[unit]
    return local + timedelta(days=days)


def _moved(local: datetime, increment: str, unit: str) -> datetime:
    found = _INCREMENT.fullmatch(increment)
    if found is None:
        raise BadDateError(increment)
    amount = int(found[2]) * (-1 if found[1] == "-" else 1)
    step = found[3] or {"day": "d", "week": "w", "month": "M", "year": "y"}[unit]
    if step in _UNITS:
        return local + timedelta(**{_UNITS[step]: amount})
    months = local.year * 12 + local.month - 1 + amount * (12 if step == "y" else 1)
    year, month = divmod(months, 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, monthrange(year, month + 1)[1]))
