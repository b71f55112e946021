"""POST /webhooks/jira/{connection}: Jira says that an issue changed. Answers at once; the daemon looks when it can.

Only who knows the connection's secret is listened to, and only the id of an issue is taken from what he says. How many
wait is bounded, and so is what may be sent at once.

| answer | when                                                                                       |
|--------|--------------------------------------------------------------------------------------------|
| 202    | heard, heard before, about something that is no issue, or too many wait: polling finds it   |
| 400    | signed, and no JSON                                                                        |
| 401    | not signed with the connection's secret                                                    |
| 404    | no such connection, or it has no `webhook`                                                 |
| 408    | it came so slowly that it held the others up                                               |
| 413    | larger than an event of Jira is                                                            |
| 429    | large, and too many such at once: Jira tries again in some minutes                         |
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from syncd.core.access import Open, needs
from syncd.jira.hooks import is_genuine, issue_told

LARGEST = 8 * 1024 * 1024
"""Bytes of one event. An issue's is some ten thousand; one with a huge comment may have some million."""

SMALL = 64 * 1024
"""Bytes that are read of any event without waiting for a turn: nobody can keep Jira out by sending slowly."""

AT_ONCE = 4
"""Larger ones that are read at the same time, so that they never take more memory than this many of the largest."""

SLOWEST = 20.0
"""Seconds in which an event must have come: Jira waits no longer (jira facts 8.4), and anybody may send slowly."""


class Heard(StrEnum):
    """What became of a delivery: the labels of a metric."""

    TAKEN = "taken"
    REPEATED = "repeated"
    NO_ISSUE = "no_issue"
    FLOODED = "flooded"
    NOT_GENUINE = "not_genuine"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    TOO_MANY = "too_many"
    UNKNOWN = "unknown"


_STATUS = {
    Heard.NOT_GENUINE: 401,
    Heard.MALFORMED: 400,
    Heard.TOO_LARGE: 413,
    Heard.TOO_SLOW: 408,
    Heard.TOO_MANY: 429,
    Heard.UNKNOWN: 404,
}


_ANSWERS: dict[int | str, dict[str, Any]] = {
    status: {"description": HTTPStatus(status).phrase} for status in sorted(set(_STATUS.values()))
}


@dataclass(frozen=True, slots=True)
class Ear:
    """How a connection listens. `unsigned`: Jira before version 10 signs nothing and says the secret as `?key=`."""

    secret: str = field(repr=False)
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where deliveries go: kept, unless their identifier `is_known`. `keep` returns False if there is no room.

    They are known once they are kept: of one that was lost between, Jira's repetition must be heard.
    """

    ear: Callable[[str], Ear | None]
    is_known: Callable[[str, str], bool]
    keep: Callable[[str, str], bool]
    heard: Callable[[str, str], None]
    tell: Callable[[str, Heard], None] = lambda connection, heard: None


def webhooks(inbox: Inbox) -> APIRouter:
    """The routes over this inbox."""
    router = APIRouter(tags=["webhooks"])
    reading = asyncio.Semaphore(AT_ONCE)

    @router.post("/webhooks/jira/{connection}", status_code=202, response_class=Response, responses=_ANSWERS)
    @needs(Open("the connection's secret is checked"))
    async def from_jira(connection: str, request: Request) -> Response:
        """An event of Jira's. `X-Hub-Signature` proves who sent it; nothing but the issue's id is believed."""
        heard = await _heard(connection, request, inbox, reading)
        if heard is not Heard.UNKNOWN:
            inbox.tell(connection, heard)
        status = _STATUS.get(heard, 202)
        return Response(status_code=status, headers={"Retry-After": "300"} if status == 429 else None)

    return router


async def _heard(connection: str, request: Request, inbox: Inbox, reading: asyncio.Semaphore) -> Heard:
    ear = await run_in_threadpool(inbox.ear, connection)
    if ear is None:
        return Heard.UNKNOWN
    try:
        async with asyncio.timeout(SLOWEST):
            body = await _body(request, reading)
    except TimeoutError:
        return Heard.TOO_SLOW
    if isinstance(body, Heard):
        return body
    if not _is_genuine(request, body, ear):
        return Heard.NOT_GENUINE
    try:
        issue = issue_told(json.loads(body))
    except (ValueError, RecursionError):
        return Heard.MALFORMED
    if issue is None:
        return Heard.NO_ISSUE
    identifier = request.headers.get("X-Atlassian-Webhook-Identifier", "")
    return await run_in_threadpool(_kept, inbox, connection, identifier[:255], issue)


def _kept(inbox: Inbox, connection: str, identifier: str, issue: str) -> Heard:
    if identifier and inbox.is_known(connection, identifier):
        return Heard.REPEATED
    kept = inbox.keep(connection, issue)
    if identifier:
        inbox.heard(connection, identifier)
    return Heard.TAKEN if kept else Heard.FLOODED


def _is_genuine(request: Request, body: bytes, ear: Ear) -> bool:
    signature = request.headers.get("X-Hub-Signature")
    if signature is not None:
        return is_genuine(body, signature, ear.secret)
    key = request.query_params.get("key", "")
    return ear.unsigned and hmac.compare_digest(key.encode(), ear.secret.encode())


async def _body(request: Request, reading: asyncio.Semaphore) -> bytes | Heard:
    """The whole body, or why it is not read: it is too large, or large while many others are."""
    parts = bytearray()
    async with AsyncExitStack() as turn:
        mine = False
        async for part in request.stream():
            parts += part
            if len(parts) > LARGEST:
                return Heard.TOO_LARGE
            if len(parts) > SMALL and not mine:
                if reading.locked():
                    return Heard.TOO_MANY
                mine = True
                await turn.enter_async_context(reading)
    return bytes(parts)
