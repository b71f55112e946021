"""What a door is told: the request, its limits, and who judges, counts and bounds. Only values; sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from syncd.errors import AuthError
from syncd.http.session import Response

READ_ATTEMPTS = 4
"""How often a read is sent at most. Longer outages are the engine's business: it delays the work."""

LONGEST_WAIT = 10.0
"""Seconds that a thread waits between two reads. A longer `Retry-After` is handed to the engine instead."""


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call that was made, for whoever counts them. `endpoint` is a short fixed name ("table.create")."""

    connection: str
    endpoint: str
    method: str
    outcome: str  # "ok", or the class of the error in words: "throttled", "unavailable", "doubtful", ...
    status: int | None
    seconds: float
    waited: float = 0.0  # seconds that it waited for its turn before it was sent
    skew: float | None = None  # seconds that the other system's clock is ahead of ours, if the answer tells


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent. `step` is what a person would call it ("creating the record of OPS-12").

    `reads` says that sending it again can change nothing; it is asked for, not guessed from the method, since some
    searches are POSTs. `elsewhere` lets a read follow a redirect to another host, without any credentials: the bytes of
    an attachment may live on a media server. `urgent` goes before others where calls are scarce: looking for changes is
    little, and everything waits for it.
    """

    method: str
    path: str
    endpoint: str
    step: str
    reads: bool
    params: Mapping[str, Any] | None = None
    json: Any = None
    data: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    stream: bool = False
    elsewhere: bool = False
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often a door waits, in seconds."""

    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    attempts: int = READ_ATTEMPTS
    first_wait: float = 0.5
    longest_wait: float = LONGEST_WAIT
    longest_answer: float = 300.0
    """In which the body of an answer must have come, whatever comes meanwhile. Files are read as they come."""
    largest_answer: int = 128 * 1024 * 1024
    """Bytes of an answer, unpacked; the largest pages of issues are some ten million."""
    idle: float = 20.0
    """A connection that was not used for so long is not used again: firewalls forget it silently, and a write on it
    would hang and end in doubt."""
    transaction_limit: float = 60.0
    """How long the remote system may go on working on a request whose connection broke (servicenow facts 6.7)."""


Listener = Callable[[Call], None]
Judge = Callable[[Response, Request], None]
Gate = Callable[[Request], AbstractContextManager[object]]
"""Entered for every call that is sent."""
Guard = Callable[[], AbstractContextManager[object]]
"""Entered for everything that is asked of the door, with its repeats: leaving it tells how it ended."""
Recover = Callable[[AuthError, Request], bool]
