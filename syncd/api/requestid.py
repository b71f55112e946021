"""Which request a log line belongs to: an id that comes in, or is made here, and goes out with the answer."""

from __future__ import annotations

import logging
import re
import secrets
from contextvars import ContextVar

HEADER = "X-Request-ID"

_WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{1,64}")  # anything else could forge a log line

current: ContextVar[str] = ContextVar("request_id", default="")
"""The request that is being answered in this context; "" outside of one."""


def accepted(given: str | None) -> str:
    """The id that the caller gave, if it is one; else a new one."""
    return given if given and _WELL_FORMED.fullmatch(given) else secrets.token_hex(8)


class OnEveryLine(logging.Filter):
    """Puts the id of the request under way on each record, as `request`."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not hasattr(record, "request"):
            record.request = current.get()
        return True


def on_every_line() -> None:
    """Let every handler of this process say it."""
    for handler in logging.getLogger().handlers:
        if not any(isinstance(known, OnEveryLine) for known in handler.filters):
            handler.addFilter(OnEveryLine())
