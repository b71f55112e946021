"""HTTP as we listen to it: how long a request may take to come, how large its head may be, how many may come at once.

uvicorn bounds none of these by itself, and each costs memory or a file of this process, of which the sync needs some.
Anybody who reaches the port can send, so this comes before tokens.

| what                                         | then                                      |
|----------------------------------------------|-------------------------------------------|
| a head of more than 64 KiB                   | 400, and the connection is closed         |
| a request that has not come whole in time     | the connection is closed                  |
| a connection too many                         | it is closed                              |
| a method that nobody knows                    | answered by the application, as any other |
"""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LARGEST_HEAD = 64 * 1024
"""Bytes. Some of those in front of us add cookies and tokens of many thousand."""

WHOLE_SECONDS = 30.0
"""In which head and body must have come. The largest body is 8 MiB (a webhook, which has a bound of its own: 20 s)."""

MOST = 500
"""Connections at once. A process may often open 1,024 files, and the ways to Jira and ServiceNow are among them."""


class PatientProtocol(H11Protocol):
    """One connection."""

    _overdue: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        if len(self.connections) > MOST:
            transport.abort()
        else:
            self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        """Between two requests nobody watches: there uvicorn's own limit for idle connections holds."""
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._unwatch()
        elif self._overdue is None:
            self._overdue = self.loop.call_later(WHOLE_SECONDS, self.transport.abort)

    def _unwatch(self) -> None:
        if self._overdue is not None:
            self._overdue.cancel()
            self._overdue = None
