"""The ASGI application: bytes in, a `Call`; an `Answer`, bytes out. It also hangs up, which HTTP has no word for.

Written against bare ASGI, since this is the hot path of every benchmark and there is nothing here to validate.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qsl

from syncd.sandbox.servicenow.exchange import HTML, Answer, Call
from syncd.sandbox.servicenow.mischief import Hangup

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handle = Callable[[Call], Awaitable[Answer]]

_COMMON = (
    (b"server", b"ServiceNow"),
    (b"pragma", b"no-store,no-cache"),
    (b"cache-control", b"no-cache,no-store,must-revalidate,max-age=-1"),
    (b"expires", b"0"),
)
_SECURE = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")


class Edge:
    """An ASGI app around a function from `Call` to `Answer`."""

    def __init__(self, handle: Handle, restarted: Callable[[], None], instance_url: str) -> None:
        self._handle = handle
        self._restarted = restarted
        self._configured_url = instance_url.rstrip("/")
        self.base_url = self._configured_url
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._notice_restart()
        body = await _body(receive)
        if body is None:
            return  # the caller went away before it had said everything
        call = self._call(scope, body)
        try:
            answer = await self._handle(call)
        except Hangup as hangup:
            await _hang_up(hangup.seconds, receive, send)
            return
        await _respond(scope, call, answer, send)

    def _notice_restart(self) -> None:
        """A second server for the same sandbox is a restarted node: another loop, another host, no sessions."""
        loop = asyncio.get_running_loop()
        if loop is not self.loop:
            if self.loop is not None:
                self.base_url = self._configured_url
                self._restarted()
            self.loop, self.thread = loop, threading.get_ident()

    def _call(self, scope: Scope, body: bytes) -> Call:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not self.base_url:
            self.base_url = f"{scope['scheme']}://{headers.get('host', 'localhost')}"
        query = scope["query_string"].decode("latin-1")
        params = dict(parse_qsl(query, keep_blank_values=True)) if query else {}
        length = len(scope.get("raw_path") or scope["path"]) + len(query) + bool(query)
        return Call(scope["method"], scope["path"], params, headers, body, base_url=self.base_url, url_length=length)


async def _body(receive: Receive) -> bytes | None:
    chunks = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _respond(scope: Scope, call: Call, answer: Answer, send: Send) -> None:
    headers = [*_COMMON, (b"x-transaction-id", token_hex(6).encode())]
    if scope["scheme"] == "https":
        headers.append(_SECURE)
    if answer.body or answer.media_type == HTML:
        headers.append((b"content-type", answer.media_type.encode()))
    if answer.status != 204:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    headers.extend((name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in answer.headers)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if call.method == "HEAD" or answer.status == 204 else answer.body
    await send({"type": "http.response.body", "body": body})


async def _hang_up(seconds: float, receive: Receive, send: Send) -> None:
    """Say nothing until the time is over or the caller has given up, then cut the connection.

    ASGI has no message for that; uvicorn's `send` is a method of an object that holds the transport.
    """
    if seconds:
        gone = asyncio.ensure_future(receive())
        await asyncio.wait({gone}, timeout=seconds)
        gone.cancel()
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionResetError("the sandbox hangs up")
    transport.abort()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
