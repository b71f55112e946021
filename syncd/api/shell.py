"""What surrounds every request: the Host it came for, its id, headers that browsers obey, and an end for every bug.

The Host is checked because a page of a stranger can give its own name our address (DNS rebinding) and would then be
"the same site"; on loopback, where no certificate gives that away, it is the only thing that does.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syncd.api import requestid
from syncd.api.problems import WrongPage, problem, told

log = logging.getLogger(__name__)

LOOPBACK = ("localhost", "127.0.0.1", "::1")

TOO_LARGE = "the body is too large"

MACHINES = ("/healthz", "/readyz", "/metrics")
"""Asked every few seconds; what they answer is no news here."""

_CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""No script but our own files. Styles may be inline: charts drawn on the server carry theirs."""

_HEADERS = {
    "Content-Security-Policy": _CONTENT,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Shell:
    """The outermost layer. `hosts` are the names by which we are called; None takes any.

    No more than `largest` bytes of a body are read, whatever it says of itself, `except_for` addresses that begin so.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str] | None,
        https: bool,
        largest: int,
        except_for: Collection[str] = (),
        wrong_page: WrongPage | None = None,
    ) -> None:
        self._app = app
        self._hosts = None if hosts is None else {host.lower() for host in hosts}
        self._https = https
        self._largest = largest
        self._except_for = tuple(except_for)
        self._page = wrong_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        headers = Headers(scope=scope)
        request_id = requestid.accepted(headers.get(requestid.HEADER))
        token = requestid.current.set(request_id)
        begun, status, began = False, 500, time.monotonic()

        async def answer(message: Message) -> None:
            nonlocal begun, status
            if message["type"] == "http.response.start":
                begun, status = True, message["status"]
                self._dress(MutableHeaders(raw=message["headers"]), request_id)
            await send(message)

        try:
            if not self._called(headers.get("host", "")):
                refused = problem(
                    421,
                    "this Host is not one of ours; add it to http.allowed_hosts, or set http.public_url",
                )
                await refused(scope, receive, answer)
            elif "\0" in scope["path"] or b"%00" in scope["query_string"]:
                # No name of ours has one, and databases refuse it in their own ways.
                wrong = told(Request(scope), self._page, 400, "there is a null byte in the address")
                await wrong(scope, receive, answer)
            elif scope["path"].startswith(self._except_for):
                await self._app(scope, receive, answer)
            elif self._too_large(headers.get("content-length", "")):
                await told(Request(scope), self._page, 413, TOO_LARGE)(scope, receive, answer)
            else:
                await self._app(scope, self._bounded(receive), answer)
        except ClientDisconnect:  # in the middle of a body: nobody is left to be answered
            status = 400
        except Exception as error:
            log.error("%s: this is a bug of syncd", scope["path"], exc_info=error, extra={"action": "api"})
            if begun:
                raise
            what = f"a bug of syncd; the log says more, under the id {request_id} of the header X-Request-ID"
            await told(Request(scope), self._page, 500, what)(scope, receive, answer)
        finally:
            _say(scope, status, time.monotonic() - began)
            requestid.current.reset(token)

    def _called(self, host: str) -> bool:
        return self._hosts is None or name_of(host) in self._hosts

    def _too_large(self, length: str) -> bool:
        return length.isdecimal() and int(length[:20]) > self._largest

    def _bounded(self, receive: Receive) -> Receive:
        """For bodies that do not say how large they are."""
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._largest:
                raise HTTPException(413, TOO_LARGE)
            return message

        return bounded

    def _dress(self, headers: MutableHeaders, request_id: str) -> None:
        headers[requestid.HEADER] = request_id
        for name, value in _HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("Cache-Control", "no-store")
        if self._https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def _say(scope: Scope, status: int, seconds: float) -> None:
    """One event a request: changes and failures are news, what only looked is a detail. Never the query."""
    method, path = scope["method"], scope["path"]
    looked = method in ("GET", "HEAD") and (status < 400 or path in MACHINES)
    log.log(
        logging.DEBUG if looked else logging.INFO,
        "%s %s answered with %d",
        method,
        path,
        status,
        extra={"action": "request", "method": method, "path": path, "status": status, "seconds": round(seconds, 4)},
    )


def name_of(host: str) -> str:
    """The name in a Host header, without port and brackets; "" for nonsense."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def own_hosts(bound: str, public_url: str | None, allowed: Collection[str]) -> set[str] | None:
    """By which names this server may be called. Bound to loopback, or told so, by its own only; else by any."""
    if bound not in LOOPBACK and not allowed:
        return None
    public = {urlsplit(public_url).hostname or ""} if public_url else set()
    return {*LOOPBACK, bound, *public, *allowed}
