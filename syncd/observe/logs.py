"""The log: one event per outcome that is not "unchanged", as text for people or JSON for machines, to stderr.

The names of the fields are a contract (docs/operations.md): machines search by them.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

from syncd.core.model import Outcome, Result
from syncd.http import Call, redacted

log = logging.getLogger("syncd.outcomes")
calls = logging.getLogger("syncd.calls")

RUN = uuid.uuid4().hex[:12]
"""This process, from its start to its end."""

FIELDS = (
    "request",
    "action", "mapping", "issue", "record", "connection", "cause", "fields", "lag",
    "endpoint", "method", "path", "status", "result", "seconds",
)  # fmt: skip
"""What an event may say beside its time, level, message, logger and run; in this order, absent where empty."""

_WARNINGS = {Result.PARKED, Result.DOUBT, Result.HELD}
_WORDS = {
    Result.CREATED: "created",
    Result.ADOPTED: "adopted",
    Result.UPDATED: "updated",
    Result.NOTED: "noted",
    Result.HELD: "held",
    Result.KEPT: "kept",
    Result.WITHHELD: "withheld",
    Result.WARNED: "note well",
    Result.PARKED: "parked",
    Result.DELAYED: "delayed",
    Result.DOUBT: "in doubt",
    Result.RESOLVED: "no longer in doubt",
    Result.UNCHANGED: "unchanged",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SHORTEST_SECRET = 6
"""Shorter ones would hide ordinary words; they are kept out where errors are made (`syncd.http.words`)."""


def configure(form: Literal["text", "json"], level: str, secrets: Iterable[str] = ()) -> None:
    """Send the whole process's log to stderr in this form; `secrets` are struck out wherever they turn up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonForm(secrets) if form == "json" else TextForm(secrets))
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
            "fields": list(event.fields),
            "lag": None if event.lag is None else round(event.lag, 3),
        },
    )


def call(event: Call) -> None:
    """A listener: each HTTP call, for those who look closely (level debug). Its bodies are never logged."""
    calls.debug(
        "%s %s: %s in %.3f s",
        event.connection,
        event.endpoint,
        event.outcome,
        event.seconds,
        extra={
            "action": "call",
            "connection": event.connection,
            "endpoint": event.endpoint,
            "method": event.method,
            "status": event.status,
            "result": event.outcome,
            "seconds": round(event.seconds, 4),
        },
    )


class _Form(logging.Formatter):
    """What both forms share: no secret gets past here, wherever it came from (law 12)."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__()
        long_enough = sorted({secret for secret in secrets if len(secret) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, long_enough))) if long_enough else None

    def clean(self, text: str) -> str:
        text = redacted(text)
        return text if self._secrets is None else self._secrets.sub("[hidden]", text)

    def message(self, record: logging.LogRecord) -> str:
        return self.clean(record.getMessage())

    def traceback(self, record: logging.LogRecord) -> str:
        return self.clean(self.formatException(record.exc_info)) if record.exc_info else ""


class TextForm(_Form):
    """`2026-01-05 09:30:00 INFO OPS-12 created INC0010001 [mapping=ops action=created]`"""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC)
        said = {name: record.__dict__.get(name) for name in ("mapping", "action", "request")}
        where = " ".join(f"{name}={value}" for name, value in said.items() if value)
        # A message quotes other people's words: one event stays one line, and no terminal obeys them.
        message = _CONTROL.sub(" ", self.message(record))
        line = f"{moment:%Y-%m-%d %H:%M:%S} {record.levelname} {message}" + (f" [{where}]" if where else "")
        traceback = self.traceback(record)
        return f"{line}\n{traceback}" if traceback else line


class JsonForm(_Form):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        event = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": self.message(record),
            "logger": record.name,
            "run": RUN,
        }
        event |= {
            name: self.clean(value) if isinstance(value, str) else value
            for name in FIELDS
            if (value := record.__dict__.get(name)) not in (None, "", [])
        }
        traceback = self.traceback(record)
        if traceback:
            event["traceback"] = traceback
        return json.dumps(event, ensure_ascii=False)
