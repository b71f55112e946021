"""One connection's way out: sends requests and returns answers that the adapter's judge accepted.

It keeps the sessions (one per thread), sets the time-outs, repeats reads and only reads, counts calls, and turns what
`requests` raises into errors that say whether the request may have had an effect.
"""

from __future__ import annotations

import random
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from urllib.parse import SplitResult, urljoin, urlsplit

import urllib3.exceptions
from requests.auth import HTTPBasicAuth

from syncd.errors import (
    AuthError,
    DoubtfulError,
    RejectedError,
    RemoteError,
    ThrottledError,
    UnavailableError,
    UnreadableError,
)
from syncd.http.answers import CHUNK, take
from syncd.http.failure import BrokenOffError, address_refused, never_sent
from syncd.http.last_look import last_look
from syncd.http.session import Auth, PreparedRequest, Response, Session, without_credentials
from syncd.http.skew import clock_skew
from syncd.http.values import Call, Gate, Guard, Judge, Limits, Listener, Recover, Request
from syncd.http.words import why

MAX_HOPS = 5
"""Redirects followed for one read."""

NOT_SENT = "unavailable"
"""The outcome of a call that was not made in the end: as if the other side had not been there."""


def never_recovers(error: AuthError, request: Request) -> bool:
    """Credentials that were refused stay refused."""
    return False


class Door:
    """One connection's way out. Threads share the door, never a session.

    `open_session` makes a session ready to use (credentials, TLS, proxy). `judge` raises when an answer is not what it
    claims to be. `gate` bounds what is under way at once and per hour; `guard` stops all of it while credentials are
    refused, and learns how everything ended. `listen` hears of every call. `recover` is asked once when the credentials
    were refused: True (a token was renewed, or the refusal deserves a second look) sends the request once more; for a
    write that is no blind repeat, since refused credentials have had no effect.
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
        guard: Guard = nullcontext,
        listen: Listener | None = None,
        recover: Recover = never_recovers,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.connection = connection
        self.url = url.rstrip("/")
        self.limits = limits or Limits()
        self._origin = origin(self.url)
        self._open_session = open_session
        self.judge = judge
        self._gate = gate
        self._guard = guard
        self._listen = listen
        self._recover = recover
        self._sleep = sleep
        self._local = threading.local()
        # Weak, so that the session of a thread that ended goes with it.
        self._sessions: weakref.WeakSet[Session] = weakref.WeakSet()
        self._lock = threading.Lock()

    def request(self, request: Request) -> Response:
        """Send it and return an answer that the judge accepted. Reads repeat themselves, a write is sent once."""
        with self._guard():
            try:
                return self._persist(request)
            except AuthError as error:
                if not self._recover(error, request):
                    raise
            return self._persist(request)

    def stream(self, request: Request) -> Iterator[bytes]:
        """The body of a read, piece by piece. It may break half-way, which raises UnavailableError: start over."""
        request = replace(request, stream=True)
        response = self.request(request)
        with closing(response), self._translating(request):
            yield from response.iter_content(CHUNK)

    def close(self) -> None:
        """Close every thread's session."""
        with self._lock:
            sessions, self._sessions = list(self._sessions), weakref.WeakSet()
            self._local = threading.local()
        for session in sessions:
            session.close()

    def session(self) -> Session:
        """This thread's own session."""
        session: Session | None = getattr(self._local, "session", None)
        if session is not None and time.monotonic() - self._local.used > self.limits.idle:
            for adapter in session.adapters.values():
                adapter.close()  # closes its connections; the session and its cookies live on
        if session is None:
            session = self._open_session()
            self._local.session = session
            self._local.used = time.monotonic()
            with self._lock:
                self._sessions.add(session)
        return session

    def _persist(self, request: Request) -> Response:
        attempts = self.limits.attempts if request.reads else 1
        for wait in self._waits(attempts):
            try:
                return self._send(request)
            except (UnavailableError, UnreadableError) as error:
                asked = error.retry_after
                if wait is None or (asked is not None and asked > self.limits.longest_wait):
                    raise
                self._sleep(max(wait, (asked or 0.0) * random.uniform(1.0, 1.3)))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _waits(self, attempts: int) -> Iterator[float | None]:
        """The pauses between attempts, doubling and jittered (jira facts 7.6); None marks the last attempt."""
        for attempt in range(attempts - 1):
            yield min(self.limits.first_wait * 2**attempt, self.limits.longest_wait) * random.uniform(0.7, 1.3)
        yield None

    def _send(self, request: Request) -> Response:
        asked = time.monotonic()
        with self._gate(request):
            started, began = time.monotonic(), time.time()
            status: int | None = None
            skew: float | None = None
            outcome = NOT_SENT
            try:
                with self._translating(request):
                    response = self._exchange(request)
                    status = response.status_code
                    skew = clock_skew(response.headers, began, time.time())
                    self.judge(response, request)  # may read the body of a stream, so it may break too
                outcome = "ok"
                return response
            except RemoteError as error:
                outcome = outcome_word(type(error))
                status = error.status if error.status is not None else status
                if not isinstance(error, RejectedError | ThrottledError):
                    self._forget_session()
                raise
            finally:
                self._local.used = time.monotonic()
                if self._listen is not None:
                    seconds, waited = time.monotonic() - started, started - asked
                    self._listen(
                        Call(self.connection, request.endpoint, request.method, outcome, status, seconds, waited, skew)
                    )

    def _forget_session(self) -> None:
        """Start afresh next time: the server may still be busy with the broken request, and would queue or drop the
        next one of the same session (servicenow facts 6.11); a cookie may also pin us to a node that is going down.
        """
        session: Session | None = getattr(self._local, "session", None)
        if session is not None:
            self._local.session = None
            session.close()

    @contextmanager
    def _translating(self, request: Request) -> Iterator[None]:
        """Foreign errors stop here."""
        try:
            yield
        except ValueError as error:  # quotes the malformed header, so it must not ride along (law 12)
            raise self._broken(error, request) from None
        except (OSError, urllib3.exceptions.HTTPError) as error:  # requests' own errors are OSErrors
            raise self._broken(error, request) from error

    def _exchange(self, request: Request) -> Response:
        session = self.session()
        return self._follow(session, request, self._once(session, request, self._address(request)))

    def _once(self, session: Session, request: Request, url: str) -> Response:
        response = session.request(
            request.method,
            url,
            # What is put on last is the credentials, and a token may have to be fetched for them: so look after that.
            auth=session.auth if request.reads else _then_look(session.auth),
            params=request.params,
            json=request.json,
            data=request.data,
            headers=dict(request.headers),
            timeout=(self.limits.connect_timeout, self.limits.read_timeout),
            allow_redirects=False,
            stream=True,
            # Given per request, because requests lets the environment win over what a session says.
            verify=session.verify,
            proxies=dict(session.proxies),
        )
        if not request.stream:
            take(response, self.limits)
        return response

    def _follow(self, session: Session, request: Request, response: Response) -> Response:
        """Follow redirects of a GET within the same origin; `requests` would take an API key along to any host."""
        for _ in range(MAX_HOPS):
            if not (request.reads and request.method == "GET" and response.is_redirect):
                break
            url = urljoin(response.url, response.headers["Location"])
            if origin(url) != self._origin:
                if not request.elsewhere or urlsplit(url).scheme not in ("https", self._origin[0]):
                    break
                session = without_credentials(session)
            response.close()
            try:
                response = self._once(session, replace(request, params=None), url)
            except OSError as error:
                why_not = address_refused(error)
                if not why_not or origin(url) == self._origin:
                    raise
                # The system itself is well: this is about one file, and must not make the connection rest.
                raise RejectedError(
                    "sends us to an address that is not asked",
                    system=self.connection,
                    step=request.step,
                    detail=why_not,
                ) from error
        return response

    def _address(self, request: Request) -> str:
        """Credentials go to the configured origin and nowhere else, whatever a remote's answer made us ask for."""
        if not request.path.startswith(("http://", "https://")):
            return self.url + request.path
        if origin(request.path) != self._origin:
            raise RejectedError(
                f"would have to be asked at another address than {self.url}, which is not done",
                system=self.connection,
                step=request.step,
                detail=urlsplit(request.path).hostname or "",
            )
        return request.path

    def _broken(self, error: Exception, request: Request) -> RemoteError:
        """What a failure without an answer means: nothing happened, or nobody knows."""
        if never_sent(error):
            return UnavailableError(
                f"cannot be reached at {self.url}", system=self.connection, step=request.step, detail=why(error)
            )
        if request.reads:
            return BrokenOffError("broke off its answer", system=self.connection, step=request.step, detail=why(error))
        return DoubtfulError(
            "broke off before it answered, so the write may or may not have happened",
            system=self.connection,
            step=request.step,
            detail=why(error),
            settles_after=self.limits.transaction_limit,
        )


def _then_look(auth: object) -> Auth:
    """The credentials of a session, a signer or (user, password), and then the last look before the request leaves."""
    sign = HTTPBasicAuth(*auth) if isinstance(auth, tuple) else auth

    def put(prepared: PreparedRequest) -> PreparedRequest:
        if callable(sign):
            prepared = sign(prepared)
        last_look()
        return prepared

    return put


def origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port: who gets to see credentials."""
    parts: SplitResult = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or default


def outcome_word(kind: type[BaseException]) -> str:
    """The label of a kind of error in metrics: its class of `syncd.errors`, in lower case without "Error".

    An adapter's own kinds count as what they are a kind of, so that the labels are few and known.
    """
    known = next(one for one in kind.__mro__ if one.__module__ == RemoteError.__module__)
    return known.__name__.removesuffix("Error").lower()
