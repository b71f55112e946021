"""The few `javascript:` expressions that clients put into queries: who asks, and dates relative to now (facts 1.47).

A literal date is UTC; one made by `gs.` is in the zone of the user who asks, and comes out of here as UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from syncd.sandbox.servicenow.clock import STAMP

if TYPE_CHECKING:
    from syncd.sandbox.servicenow.access import User

_CALL = re.compile(r"(?:javascript:)?\s*(?:new\s+)?(?:gs\.)?([\w.()]*?)\(([^()]*)\)\s*;?", re.DOTALL)
_DAY_ENDS = {"start": "00:00:00", "end": "23:59:59"}


def evaluate(value: str, user: User, now: datetime) -> str | None:
    """What the expression stands for, the value itself if it is none, None if it cannot be understood."""
    if not value.startswith("javascript:"):
        return value
    code = value.removeprefix("javascript:").strip()
    people = {
        "gs.getUserName()": user.user_name,
        "gs.getUserID()": user.sys_id,
        "gs.getUser().getID()": user.sys_id,
        "gs.getUser().getName()": user.user_name,
    }
    if code in people:
        return people[code]
    call = _CALL.fullmatch(code)
    if call is None:
        return None
    arguments = [a.strip().strip("'\"") for a in call[2].split(",")] if call[2].strip() else []
    try:
        moment = _moment(call[1].removeprefix("gs."), arguments, now.astimezone(user.zone), user.zone)
        return moment.astimezone(UTC).strftime(STAMP) if moment else None
    except OverflowError:
        return None


def _moment(name: str, arguments: list[str], here: datetime, zone: tzinfo) -> datetime | None:
    if name == "dateGenerate":
        return _generated(arguments, zone)
    today = here.replace(hour=0, minute=0, second=0, microsecond=0)
    if name in _FIXED:
        return _FIXED[name](here, today)
    unit = re.fullmatch(r"(minutes|hours|days|weeks)Ago(Start|End)?", name)
    if unit is None or len(arguments) != 1 or not re.fullmatch(r"-?\d+", arguments[0]):
        return None
    moment = here - timedelta(**{unit[1]: int(arguments[0])})
    match unit[2]:
        case "Start":
            return moment.replace(hour=0, minute=0, second=0, microsecond=0)
        case "End":
            return moment.replace(hour=23, minute=59, second=59, microsecond=0)
        case _:
            return moment


_DAY = timedelta(days=1)
_FIXED: dict[str, Callable[[datetime, datetime], datetime]] = {
    "now": lambda here, today: here,
    "nowDateTime": lambda here, today: here,
    "beginningOfToday": lambda here, today: today,
    "endOfToday": lambda here, today: today + _DAY - timedelta(seconds=1),
    "beginningOfYesterday": lambda here, today: today - _DAY,
    "endOfYesterday": lambda here, today: today - timedelta(seconds=1),
    "beginningOfThisMonth": lambda here, today: today.replace(day=1),
    "beginningOfThisWeek": lambda here, today: today - timedelta(days=today.weekday()),
    "beginningOfThisYear": lambda here, today: today.replace(month=1, day=1),
}


def _generated(arguments: list[str], zone: tzinfo) -> datetime | None:
    if len(arguments) != 2:
        return None
    day, clock = arguments
    try:
        parsed = time.fromisoformat(_DAY_ENDS.get(clock, clock))
        return datetime.combine(datetime.strptime(day, "%Y-%m-%d"), parsed, zone)
    except ValueError:
        return None
