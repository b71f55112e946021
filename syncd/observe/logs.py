"""The log: one event per outcome that is not "unchanged", as text for people or JSON for machines, to stderr."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

from syncd.core.model import Outcome, Result

log = logging.getLogger("syncd.outcomes")

_FIELDS = ("action", "mapping", "issue", "record", "connection", "cause", "lag")
_WARNINGS = {Result.PARKED, Result.DOUBT, Result.HELD}
_WORDS = {
    Result.CREATED: "created",
    Result.ADOPTED: "adopted",
    Result.UPDATED: "updated",
    Result.NOTED: "noted",
    Result.HELD: "held",
    Result.WITHHELD: "withheld",
    Result.WARNED: "note well",
    Result.PARKED: "parked",
    Result.DELAYED: "delayed",
    Result.DOUBT: "in doubt",
    Result.UNCHANGED: "unchanged",
}


def configure(form: Literal["text", "json"], level: str) -> None:
    """Send the whole process's log to stderr in this form."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonForm() if form == "json" else TextForm())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    # A tick that finds the one before it still at work is how it is meant to be.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("syncd").setLevel(level.upper())


def outcome(event: Outcome) -> None:
    """A listener: say what came of an issue. Unchanged ones are silent."""
    if event.result is Result.UNCHANGED:
        return
    level = logging.WARNING if event.result in _WARNINGS else logging.INFO
    parts = [event.issue_key, _WORDS[event.result], event.record_number, ", ".join(event.fields), event.reason]
    log.log(
        level,
        " ".join(part for part in parts if part),
        extra={
            "action": event.result.value,
            "mapping": event.mapping,
            "issue": event.issue_key,
            "record": event.record_number,
            "cause": event.cause,
            "lag": event.lag,
        },
    )


class TextForm(logging.Formatter):
    """`2026-01-05 09:30:00 INFO OPS-12 created INC0010001 [mapping=ops action=created]`"""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        where = " ".join(
            f"{name}={record.__dict__[name]}" for name in ("mapping", "action") if record.__dict__.get(name)
        )
        line = f"{moment:%Y-%m-%d %H:%M:%S} {record.levelname} {record.getMessage()}" + (f" [{where}]" if where else "")
        return line + (f"\n{self.formatException(record.exc_info)}" if record.exc_info else "")


class JsonForm(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **{name: record.__dict__[name] for name in _FIELDS if record.__dict__.get(name) not in (None, "")},
        }
        if record.exc_info:
            event["traceback"] = self.formatException(record.exc_info)
        return json.dumps(event, ensure_ascii=False)
