"""The connection to one Jira: makes sessions, sends requests through the one door, and reads JSON out of the answers.

The `jira` library builds the session (credentials, TLS, proxies, headers). Its own request logic stays out of the way:
it repeats writes, ignores dates in Retry-After and stumbles over odd error bodies (jira facts 11.8 to 11.12). Which
calls to make, and what they mean, is the business of others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import requests
from jira import JIRA

from syncd.errors import RemoteError, UnreadableError
from syncd.http import Auth as Signer
from syncd.http import Door, Gate, Limits, Listener, Recover, Request, Response, Session
from syncd.http.door import never_recovers
from syncd.jira.judge import judge_for
from syncd.jira.times import moment

API = "/rest/api/2"
"""Version 2 on both flavours: text is wiki markup, and Jira renders it for us (jira facts 11.2)."""


TOGETHER = 4
"""How many calls of one page of issues are under way at once: a hundred lists of comments, one after the other, would
take longer than anything else. Jira's own limits are far above (jira facts 7.1)."""

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Basic:
    """User and password, or e-mail address and API token on Cloud."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A personal access token of Data Center."""

    token: str = field(repr=False)


class CutOffError(UnreadableError):
    """An answer broke off in the middle, or is no JSON at all. A smaller one may come through."""


Auth = Basic | Bearer | Signer
"""A signer puts the credentials on each request itself: the way in for OAuth."""

DATE_SECONDS = 3600.0
"""How long the difference between Jira's clock and the `Date` of its answers is believed to stay the same."""


@dataclass(frozen=True, slots=True)
class Server:
    """What Jira says of itself. `base` is the address that people use; `clock` is its time when it answered."""

    base: str
    cloud: bool
    version: str
    clock: datetime


class JiraClient:
    """Talks to one Jira, from any number of threads.

    `recover` is asked once when credentials were refused: True, after renewing a token, repeats the request.
    """

    def __init__(
        self,
        url: str,
        auth: Auth,
        *,
        connection: str = "jira",
        limits: Limits | None = None,
        verify: bool | str = True,
        proxy: str | None = None,
        gate: Gate = nullcontext,
        recover: Recover = never_recovers,
        listen: Listener | None = None,
    ) -> None:
        self.connection = connection
        self.url = url.rstrip("/")
        self._auth = auth
        self._verify = verify
        self._proxy = proxy
        self._pool = ThreadPoolExecutor(TOGETHER, thread_name_prefix=connection)
        self._server: Server | None = None
        self._ahead: tuple[timedelta, float] | None = None  # how far Jira's clock is before `Date`; when that was seen
        self._door = Door(
            connection,
            self.url,
            self._open,
            judge_for(connection),
            limits=limits,
            gate=gate,
            listen=listen,
            recover=recover,
        )

    @property
    def server(self) -> Server:
        """What Jira said of itself when it was first asked."""
        return self._server or self.ask_server()

    def ask_server(self) -> Server:
        """Ask Jira what it is and what time it has. Says nothing about the credentials: anybody may ask."""
        request = Request("GET", f"{API}/serverInfo", "server", "asking what it is", reads=True)
        response = self._door.request(request)
        raw = self.json_of(response, request.step)
        try:
            server = Server(
                base=str(raw["baseUrl"]).rstrip("/"),
                cloud=raw.get("deploymentType") == "Cloud",
                version=str(raw.get("version", "")),
                clock=moment(raw["serverTime"]),
            )
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise self.unreadable("does not say what it is as a Jira would; check the url", request.step) from error
        date = _date(response)
        self._server = server
        # Whole seconds, as in a date, so that the clock is never told fast.
        self._ahead = None if date is None else (server.clock.replace(microsecond=0) - date, time.monotonic())
        return server

    def clock_at(self, response: Response) -> datetime:
        """Jira's time when it answered, without a call of its own: the `Date` of the answer.

        A proxy may have put its own time there, so what Jira's clock was ahead of it is kept and added.
        """
        date, ahead = _date(response), self._ahead
        if date is None or ahead is None or time.monotonic() - ahead[1] > DATE_SECONDS:
            return self.ask_server().clock
        return date + ahead[0]

    def get(self, path: str, *, endpoint: str, step: str, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON at a path."""
        return self._read(Request("GET", path, endpoint, step, reads=True, params=params))

    def ask(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        endpoint: str,
        step: str,
        params: Mapping[str, Any] | None = None,
    ) -> Any:
        """The JSON that a POST answers which only reads: a search, a bulk fetch."""
        return self._read(Request("POST", path, endpoint, step, reads=True, json=dict(body), params=params))

    def together(self, work: Callable[[T], R], items: Sequence[T]) -> list[R]:
        """The results of `work` on each item, in order; a few at a time, since most of the work is waiting for Jira.

        The first error ends it: what has not begun by then is not done.
        """
        if len(items) < 2:
            return [work(item) for item in items]
        return list(self._pool.map(work, items))

    def request(self, request: Request) -> Response:
        """Any request, judged."""
        return self._door.request(request)

    def unreadable(self, message: str, step: str, detail: str = "") -> RemoteError:
        """The error of an answer that came and proves nothing."""
        return UnreadableError(message, system=self.connection, step=step, detail=detail)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._door.close()

    def json_of(self, response: Response, step: str) -> Any:
        """What an answer says."""
        try:
            return response.json()
        except ValueError as error:
            raise CutOffError("sent an answer that is cut off or no JSON", system=self.connection, step=step) from error

    def _read(self, request: Request) -> Any:
        return self.json_of(self._door.request(request), request.step)

    def _open(self) -> Session:
        """A session for one thread. The library looks nothing up by itself: the flavour is our own question."""
        credentials: dict[str, Any] = {}
        match self._auth:
            case Basic(username, password):
                credentials["basic_auth"] = (username, password)
            case Bearer(token):
                credentials["token_auth"] = token
        library = JIRA(
            self.url,
            options={"verify": self._verify, "headers": {"User-Agent": "syncd"}},
            get_server_info=False,
            max_retries=0,
            logging=False,  # it logs bodies and headers
            proxies={"http": self._proxy, "https": self._proxy} if self._proxy else None,
            **credentials,
        )
        if not isinstance(self._auth, Basic | Bearer):
            library._session.auth = self._auth
        return _LibrarySession(library)


def _date(response: Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None


class _LibrarySession(Session):
    """The library's session, asked for plain answers: no retries, no exceptions for a status, our time-outs."""

    def __init__(self, library: JIRA) -> None:
        super().__init__()
        self._library = library  # closes its session when it is forgotten
        self.verify, self.proxies = library._session.verify, library._session.proxies

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> Response:
        return requests.Session.request(self._library._session, method, url, *args, **kwargs)

    def close(self) -> None:
        self._library.close()  # type: ignore[no-untyped-call]  # the library's own signature
        super().close()
