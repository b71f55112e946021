"""What a person sees of a raw value: choice labels, names of referenced records, the user's zone and date format.

The journal's display text is made in `journal`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from syncd.sandbox.servicenow.access import User
from syncd.sandbox.servicenow.choices import Choices
from syncd.sandbox.servicenow.clock import STAMP, parse_stamp
from syncd.sandbox.servicenow.database import Database
from syncd.sandbox.servicenow.schema import Column

_DATE_PARTS = {
    "yyyy": "%Y",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "a": "%p",
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def display(database: Database, choices: Choices, table: str, column: Column, value: str, user: User) -> str:
    """The display value of a raw value of this column (facts 1.28 to 1.30, 2.2, 2.3)."""
    if not value:
        return ""
    match column.kind:
        case "reference":
            return reference_name(database, column.reference, value)
        case "glide_list":
            names = (reference_name(database, column.reference, part.strip()) or part for part in value.split(","))
            return ", ".join(names) if column.reference else value
        case "glide_date_time":
            return local_moment(value, user)
        case "glide_date":
            moment = parse_stamp(value)
            return moment.strftime(_strftime(user.date_format)) if moment else value
        case "glide_duration":
            return spoken_duration(value)
        case "password":
            return "********"
        case "string" | "boolean" | "GUID" | "journal_input" | "journal_list":
            return value
        case "choice" | "integer":
            return choices.label(table, column.name, value, user.language) or value


def reference_name(database: Database, table: str, sys_id: str) -> str:
    """The display value of the referenced record; empty where the reference is broken."""
    if sys_id == "global":
        return "global"
    found = database.find(table, sys_id) if table in database.schema else None
    if found is None:
        return ""
    return found[1].get(database.schema.display_column(found[0]), "")


def local_moment(stamp: str, user: User) -> str:
    """A stored UTC stamp in the user's zone and format."""
    moment = parse_stamp(stamp)
    if moment is None:
        return stamp
    try:
        return moment.astimezone(user.zone).strftime(_strftime(f"{user.date_format} {user.time_format}"))
    except OverflowError:  # the last day there is, in a zone where it is past already
        return stamp


def from_local(text: str, user: User) -> str | None:
    """The stored UTC stamp of what a user typed in his own zone and format; None if it cannot be read."""
    for form in (f"{user.date_format} {user.time_format}", "yyyy-MM-dd HH:mm:ss", user.date_format, "yyyy-MM-dd"):
        try:
            moment = datetime.strptime(text.strip().replace("T", " "), _strftime(form))
            return moment.replace(tzinfo=user.zone).astimezone(UTC).strftime(STAMP)
        except (ValueError, OverflowError):
            continue
    return None


def spoken_duration(value: str) -> str:
    """`1970-01-01 00:02:17` is "2 Minutes"."""
    moment = parse_stamp(value)
    if moment is None:
        return value
    minutes = int((moment - _EPOCH) / timedelta(minutes=1))
    parts = ((minutes // 1440, "Day"), (minutes // 60 % 24, "Hour"), (minutes % 60, "Minute"))
    return " ".join(f"{n} {unit}{'s' if n != 1 else ''}" for n, unit in parts if n) or "0 Seconds"


def _strftime(java: str) -> str:
    return re.sub("yyyy|MM|dd|HH|hh|mm|ss|a", lambda found: _DATE_PARTS[found[0]], java)
