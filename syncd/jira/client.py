"""The connection to one Jira: sends requests through its door, and reads JSON out of the answers.

How one gets in is the business of `doors`; which calls to make, and what they mean, is that of others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

from syncd.errors import RemoteError, UnreadableError
from syncd.http import Door, Limits, Listener, Request, Response, Vet
from syncd.jira.address import API, Entrance
from syncd.jira.doors import Auth, Basic, Bearer, Bounds, Doors
from syncd.jira.times import moment

TOGETHER = 4
"""How many calls of one page of issues are under way at once: a hundred lists of comments, one after the other, would
take longer than anything else. Jira's own limits are far above (jira facts 7.1)."""

T = TypeVar("T")
R = TypeVar("R")


__all__ = ["API", "Auth", "Basic", "Bearer", "CutOffError", "JiraClient", "Server"]


class CutOffError(UnreadableError):
    """An answer broke off in the middle, or is no JSON at all. A smaller one may come through."""


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
    """Talks to one Jira, from any number of threads. Nothing is sent before the first question.

    `bounds` says how many calls are made, `entrance` which way they go: a scoped token's or OAuth's go through
    Atlassian's gateway. A refused OAuth token is renewed once.
    """

    def __init__(
        self,
        url: str,
        auth: Auth,
        *,
        connection: str = "jira",
        limits: Limits | None = None,
        bounds: Bounds | None = None,
        entrance: Entrance | None = None,
        verify: bool | str = True,
        proxy: str | None = None,
        vet: Vet | None = None,
        listen: Listener | None = None,
    ) -> None:
        self.connection = connection
        self.url = url.rstrip("/")
        self._pool = ThreadPoolExecutor(TOGETHER, thread_name_prefix=connection)
        self._server: Server | None = None
        self._ahead: tuple[timedelta, float] | None = None  # how far Jira's clock is before `Date`; when that was seen
        self._doors = Doors(
            connection,
            self.url,
            auth,
            verify=verify,
            proxy=proxy,
            vet=vet,
            limits=limits or Limits(),
            bounds=bounds or Bounds(),
            entrance=entrance or Entrance(),
            listen=listen,
        )

    @property
    def _door(self) -> Door:
        return self._doors.api

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
        urgent: bool = False,
    ) -> Any:
        """The JSON that a POST answers which only reads: a search, a bulk fetch."""
        json = dict(body)
        return self._read(Request("POST", path, endpoint, step, reads=True, json=json, params=params, urgent=urgent))

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

    def stream(self, request: Request) -> Iterator[bytes]:
        """The body of a read, piece by piece."""
        return self._door.stream(request)

    def unreadable(self, message: str, step: str, detail: str = "") -> RemoteError:
        """The error of an answer that came and proves nothing."""
        return UnreadableError(message, system=self.connection, step=step, detail=detail)

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._doors.close()

    def json_of(self, response: Response, step: str) -> Any:
        """What an answer says."""
        try:
            return response.json()
        except ValueError as error:
            raise CutOffError("sent an answer that is cut off or no JSON", system=self.connection, step=step) from error

    def _read(self, request: Request) -> Any:
        return self.json_of(self._door.request(request), request.step)


def _date(response: Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None
