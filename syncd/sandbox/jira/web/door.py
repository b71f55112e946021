"""The ASGI application: reads the request, lets it in or not, lets it suffer its fault, answers.

All work happens in one thread's turn under one lock, so every request is a transaction and so is every `act`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl

from syncd.sandbox.jira.model import Flavour
from syncd.sandbox.jira.refusals import RefusalError
from syncd.sandbox.jira.site import Request, Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, page, refused
from syncd.sandbox.jira.web.faults import Fault
from syncd.sandbox.jira.web.router import Router

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

GATEWAY = "/ex/jira/"
_OPEN = ("/_sandbox", "/_edge/", "/media/", "/oauth/")
"""Paths that are not Jira's own: they check their callers themselves and suffer no faults."""


class Door:
    """`sends_date` tells the server that the `Date` header is the site's: its clock may be wrong on purpose."""

    sends_date = True

    def __init__(self, site: Site, router: Router) -> None:
        self._site = site
        self._router = router

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"the sandbox speaks HTTP, not {scope['type']}")
        call = self._call(scope, await _body(receive))
        ours = call.path.startswith(_OPEN)
        fault = None if ours else self._site.faults.take(call.method, call.path)
        if fault is not None and fault.kind == "drop_before":
            await _drop(receive, send)
            return
        with self._site.lock:
            reply = self._reply(call, scope["path"].startswith(GATEWAY), fault)
        if not ours:
            self._site.requests.append(Request(call.method, call.path, call.query, reply.status, fault))
        await self._send(reply, fault, receive, send)

    def _call(self, scope: Message, body: bytes) -> Call:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        host = f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}"
        site_base = self._site.options.base_url or host
        context = self._site.options.context_path
        path, base = scope["path"], site_base + context
        site_base += context
        if context and not path.startswith(_OPEN):
            # Below the wrong path there is nothing, which is what a path that no route has leads to.
            path = path.removeprefix(context) if path.startswith(f"{context}/") else f"/.{path}"
        if path.startswith(GATEWAY):
            cloud_id, _, rest = path.removeprefix(GATEWAY).partition("/")
            path, base = f"/{rest}", f"{host}{GATEWAY}{cloud_id}"
        query = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        return Call(scope["method"], path, tuple(query), headers, body, base, site_base)

    def _reply(self, call: Call, gateway: bool, fault: Fault | None) -> Reply:
        if fault is None:
            return self._true_reply(call, gateway)
        true = self._true_reply(call, gateway) if fault.commits else None
        return fault.reply(true, self._site.clock.now())

    def _true_reply(self, call: Call, gateway: bool) -> Reply:
        headers: dict[str, str] = {}
        try:
            if not call.path.startswith(_OPEN):
                self._check_gateway(gateway, call)
                login = self._site.logins.identify(
                    call.headers.get("authorization", ""), gateway=gateway, base=call.site_base
                )
                call.user, headers = login.user, login.headers
            reply = self._routed(call, headers)
        except RefusalError as refusal:
            reply = refused(refusal)
        reply.headers = headers | reply.headers
        return reply

    def _routed(self, call: Call, headers: dict[str, str]) -> Reply:
        route, call.params, elsewhere = self._router.find(call.method, call.path)
        if route is None:
            return _method_not_allowed() if elsewhere else self._nothing_here(call)
        self._site.calls[route.name] += 1
        if route.writes:
            self._check_forgery(call)
        call.version = 3 if call.params.get("v") == "3" else 2
        headers |= self._site.limits.check(call, route)
        return route.handler(self._site, call)

    def _check_gateway(self, gateway: bool, call: Call) -> None:
        if not gateway:
            return
        right = f"{GATEWAY}{self._site.options.cloud_id}"
        if self._site.options.flavour is not Flavour.CLOUD or not call.base.endswith(right):
            raise RefusalError(404, body={"message": "No message available", "status-code": 404})

    def _check_forgery(self, call: Call) -> None:
        """A browser's User-Agent on a write needs the no-check header (facts 7.11)."""
        browser = call.headers.get("user-agent", "").startswith("Mozilla")
        if browser and call.headers.get("x-atlassian-token", "").lower() not in ("no-check", "nocheck"):
            raise RefusalError(403, html="XSRF check failed")

    def _nothing_here(self, call: Call) -> Reply:
        if call.path.startswith("/rest/"):
            message = f"null for uri: {call.site_base}{call.path}"
            return answer({"message": message, "status-code": 404}, 404)
        return page("<html><head><title>Oops, you've found a dead link. - Jira</title></head><body></body></html>", 404)

    async def _send(self, reply: Reply, fault: Fault | None, receive: Receive, send: Send) -> None:
        kind = fault.kind if fault else ""
        if fault is not None and kind == "hang":
            await _silence(receive, fault.seconds)
        if kind == "drop_after":
            await _drop(receive, send)
            return
        await send({"type": "http.response.start", "status": reply.status, "headers": self._headers(reply)})
        if kind == "cut":
            await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
            await _drop(receive, send)
        elif fault is not None and kind == "slow":
            pause = fault.seconds / max(len(reply.body), 1)
            for position in range(len(reply.body)):
                await send(
                    {"type": "http.response.body", "body": reply.body[position : position + 1], "more_body": True}
                )
                await asyncio.sleep(pause)
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": reply.body})

    def _headers(self, reply: Reply) -> list[tuple[bytes, bytes]]:
        now = self._site.clock.now()
        headers = {
            "Date": format_datetime(now.replace(microsecond=0), usegmt=True),
            "X-AREQUESTID": f"{now.hour * 60 + now.minute}x{sum(self._site.calls.values())}x1",
            **reply.headers,
        }
        if reply.content_type:
            headers["Content-Type"] = reply.content_type
        if reply.status != 204:
            headers["Content-Length"] = str(len(reply.body))
        return [(name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]


def _method_not_allowed() -> Reply:
    return answer({"message": "Method Not Allowed", "status-code": 405}, 405)


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(chunks)
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(chunks)


async def _silence(receive: Receive, seconds: float) -> None:
    """Say nothing for so long, or until the client has given up."""
    with suppress(TimeoutError):
        await asyncio.wait_for(receive(), seconds)


async def _drop(receive: Receive, send: Send) -> None:
    """Break the connection without another byte. ASGI has no word for it, so this knows uvicorn's."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise RuntimeError("only a real server (syncd.sandbox.serve.Server) can drop a connection")
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
