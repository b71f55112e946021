"""The one HTTP door. Every request to Jira and ServiceNow passes through `Door.request`.

It keeps the sessions (one per thread), sets the time-outs, repeats reads and only reads, counts calls, and turns what
`requests` raises into errors that say whether the request may have had an effect. It does not know what an answer
means: the adapter's `judge` does, and it is asked about every answer before anybody else sees it.
"""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3.exceptions

from syncd.errors import DoubtfulError, RemoteError, ThrottledError, UnavailableError, UnreadableError

Response = requests.Response
Session = requests.Session

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


Listener = Callable[[Call], None]
Judge = Callable[[Response, "Request"], None]
Gate = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be sent. `step` is what a person would call it ("creating the record of OPS-12").

    `reads` says that sending it again can change nothing; it is asked for, not guessed from the method, since some
    searches are POSTs.
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


@dataclass(frozen=True, slots=True)
class Limits:
    """How long and how often a door waits, in seconds."""

    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    attempts: int = READ_ATTEMPTS
    first_wait: float = 0.5
    longest_wait: float = LONGEST_WAIT
    transaction_limit: float = 60.0
    """How long the remote system may go on working on a request whose connection broke (servicenow facts 6.7)."""


class Door:
    """One connection's way out. Threads share the door, never a session.

    `open_session` makes a session ready to use (credentials, TLS, proxy). `judge` raises when an answer is not what it
    claims to be. `gate` bounds what is under way at once and per hour. `listen` hears of every call.
    """

    def __init__(
        self,
        connection: str,
        url: str,
        open_session: Callable[[], Session],
        judge: Judge,
        *,
        limits: Limits | None = None,
        gate: Gate = nullcontext,
        listen: Listener | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self.url = url.rstrip("/")
        self.limits = limits or Limits()
        self._open_session = open_session
        self._judge = judge
        self._gate = gate
        self._listen = listen
        self._sleep = sleep
        self._local = threading.local()
        self._sessions: list[Session] = []
        self._lock = threading.Lock()

    def request(self, request: Request) -> Response:
        """Send it and return an answer that the judge accepted. Reads repeat themselves, a write is sent once."""
        attempts = self.limits.attempts if request.reads else 1
        for wait in self._waits(attempts):
            try:
                return self._send(request)
            except (UnavailableError, UnreadableError) as error:
                asked = error.retry_after
                if wait is None or (asked is not None and asked > self.limits.longest_wait):
                    raise
                self._sleep(max(wait, asked or 0.0))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def close(self) -> None:
        """Close every thread's session."""
        with self._lock:
            sessions, self._sessions = self._sessions, []
            self._local = threading.local()
        for session in sessions:
            session.close()

    def session(self) -> Session:
        """This thread's own session."""
        session: Session | None = getattr(self._local, "session", None)
        if session is None:
            session = self._open_session()
            self._local.session = session
            with self._lock:
                self._sessions.append(session)
        return session

    def _waits(self, attempts: int) -> Iterator[float | None]:
        """The pauses between attempts, doubling and jittered (jira facts 7.6); None marks the last attempt."""
        for attempt in range(attempts - 1):
            yield min(self.limits.first_wait * 2**attempt, self.limits.longest_wait) * random.uniform(0.7, 1.3)
        yield None

    def _send(self, request: Request) -> Response:
        with self._gate():
            started = time.monotonic()
            status: int | None = None
            outcome = "ok"
            try:
                response = self._exchange(request)
                status = response.status_code
                self._judge(response, request)
                return response
            except RemoteError as error:
                outcome = outcome_word(error)
                status = error.status if error.status is not None else status
                raise
            finally:
                if self._listen is not None:
                    seconds = time.monotonic() - started
                    self._listen(Call(self.connection, request.endpoint, request.method, outcome, status, seconds))

    def _exchange(self, request: Request) -> Response:
        url = request.path if request.path.startswith(("http://", "https://")) else self.url + request.path
        try:
            return self.session().request(
                request.method,
                url,
                params=request.params,
                json=request.json,
                data=request.data,
                headers=dict(request.headers),
                timeout=(self.limits.connect_timeout, self.limits.read_timeout),
                allow_redirects=request.reads,
                stream=request.stream,
            )
        except requests.RequestException as error:
            raise self._broken(error, request) from error

    def _broken(self, error: requests.RequestException, request: Request) -> RemoteError:
        """What a failure without an answer means: nothing happened, or nobody knows."""
        if never_sent(error):
            return UnavailableError(
                f"cannot be reached at {self.url}",
                system=self.connection,
                step=request.step,
                detail=why(error),
            )
        if request.reads:
            return UnavailableError(
                "broke off its answer", system=self.connection, step=request.step, detail=why(error)
            )
        return DoubtfulError(
            "broke off before it answered, so the write may or may not have happened",
            system=self.connection,
            step=request.step,
            detail=why(error),
            settles_after=self.limits.transaction_limit,
        )


def never_sent(error: requests.RequestException) -> bool:
    """True when it is certain that not one byte of the request reached the other side."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.InvalidURL | requests.exceptions.SSLError):
        return True
    cause = getattr(error.args[0], "reason", error.args[0]) if error.args else None
    return isinstance(cause, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)


def why(error: BaseException) -> str:
    """The heart of a requests error in a few words: no URL (it may carry a query), no object addresses."""
    cause: BaseException = error
    while cause.args and isinstance(cause.args[0], BaseException):
        cause = cause.args[0]
    reason = getattr(cause, "reason", None)
    if isinstance(reason, BaseException):
        cause = reason
    text = re.sub(r"<[^>]*>:?\s*|https?://\S+|HTTPS?ConnectionPool\([^)]*\):?\s*", "", str(cause)).strip()
    return shortened(text) or type(error).__name__


def outcome_word(error: RemoteError) -> str:
    """The label of an error in metrics: its class in lower case without "Error"."""
    return type(error).__name__.removesuffix("Error").lower()


def retry_after(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that the answer asks us to wait, from every form met (jira facts 7.3 to 7.9, servicenow facts 6.3).

    `Retry-After` as seconds or as an HTTP date; `X-RateLimit-Reset` as a unix time or as ISO 8601, with or without
    seconds. None if there is no (readable) wish. Never negative; 0 is floored to 1, since "now" is what just failed.
    """
    moment = now or datetime.now(UTC)
    for name in ("Retry-After", "X-RateLimit-Reset"):
        raw = (headers.get(name) or "").strip()
        if not raw:
            continue
        seconds = _seconds_until(raw, moment, relative=name == "Retry-After")
        if seconds is not None:
            return max(seconds, 1.0)
    return None


def _seconds_until(raw: str, now: datetime, *, relative: bool) -> float | None:
    try:
        number = float(raw)
    except ValueError:
        when = _moment(raw)
        return None if when is None else (when - now).total_seconds()
    return number if relative else number - now.timestamp()


def _moment(raw: str) -> datetime | None:
    for parse in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            when = parse(raw)
        except ValueError:
            continue
        return when if when.tzinfo else when.replace(tzinfo=UTC)
    return None


def throttled(response: Response, *, system: str, step: str, detail: str = "") -> ThrottledError:
    """The error of a 429."""
    return ThrottledError(
        "asks for fewer calls",
        system=system,
        step=step,
        status=response.status_code,
        detail=detail,
        retry_after=retry_after(response.headers),
    )


def is_json(response: Response) -> bool:
    """Whether the answer claims to be JSON; log-in pages, proxies and hibernating instances answer HTML with 200."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return kind == "application/json" or kind.endswith("+json")


def shortened(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters, for messages."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
