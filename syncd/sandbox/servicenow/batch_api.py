"""The Batch API: many calls in one, each judged by itself, no transaction, an end after 30 s (facts 5.1 to 5.7)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from syncd.sandbox.servicenow.exchange import Answer, Call, answer_json
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.payload import read_document
from syncd.sandbox.servicenow.problems import Problem, unreadable_payload

if TYPE_CHECKING:
    from syncd.sandbox.servicenow.gateway import Gateway

ITEM_INPUT_LIMIT = 5 * 1024 * 1024
ITEM_OUTPUT_LIMIT = 10 * 1024 * 1024
_UNBATCHED = ("batch",)


class BatchApi:
    """`POST /api/now[/v1]/batch`. Its items take the same way as calls from outside, without session and rate rules."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._gateway: Gateway | None = None

    def connect(self, gateway: Gateway) -> None:
        """Where the items go; told afterwards, since the gateway's router knows this API."""
        self._gateway = gateway

    async def run(self, call: Call, version: str) -> Answer:
        """Serve what fits into the time; list the ids of the rest."""
        document = read_document(call, self._instance.options.max_body)
        items = document.get("rest_requests") if isinstance(document, dict) else None
        if not isinstance(items, list) or not all(isinstance(i, dict) and "id" in i and "url" in i for i in items):
            raise unreadable_payload("rest_requests must be a list of requests with id, method and url")
        order = list(items)
        if self._instance.options.batch_shuffled:
            self._instance.random.shuffle(order)
        ends_at = time.monotonic() + self._instance.options.batch_seconds
        last = len(order) - call.effects.unserviced
        served: list[dict[str, Any]] = []
        unserviced: list[str] = []
        for position, item in enumerate(order):
            if position >= last or not self._in_time(ends_at):
                unserviced.append(str(item["id"]))
            else:
                served.append(await self._serve(call, item))
        return answer_json(
            {
                "batch_request_id": str(document.get("batch_request_id", "")),
                "serviced_requests": served,
                "unserviced_requests": unserviced,
            }
        )

    def _in_time(self, ends_at: float) -> bool:
        return time.monotonic() + self._instance.options.write_cost <= ends_at

    async def _serve(self, call: Call, item: dict[str, Any]) -> dict[str, Any]:
        started = time.perf_counter()
        answer = await self._answer(call, item)
        await asyncio.sleep(0)
        took = int((time.perf_counter() - started) * 1000)
        served = {
            "id": str(item["id"]),
            "body": base64.b64encode(answer.body).decode(),
            "status_code": answer.status,
            "status_text": HTTPStatus(answer.status).phrase,
            "headers": [] if item.get("exclude_response_headers") is True else _headers(answer),
            "execution_time": took,
        }
        if answer.status >= 500:
            served["error_message"] = "The request could not be served"
        return served

    async def _answer(self, call: Call, item: dict[str, Any]) -> Answer:
        assert self._gateway is not None, "connect() comes first"
        named = [h for h in item.get("headers") or [] if isinstance(h, dict) and "name" in h]
        headers = {str(h["name"]).lower(): str(h.get("value", "")) for h in named}
        inner = Call.to(str(item.get("method", "GET")).upper(), str(item["url"]), headers=headers)
        try:
            body = base64.b64decode(item.get("body") or "", validate=True)
        except (binascii.Error, ValueError, TypeError):
            return self._gateway.refused(inner, unreadable_payload("The body of a batched request must be base64"))
        inner = Call(
            inner.method,
            inner.path,
            inner.params,
            headers,
            body,
            user=call.user,
            base_url=call.base_url,
            scoped=call.scoped,
        )
        found = self._gateway.router.find(inner.method, inner.path)
        if found is not None and found.name in _UNBATCHED:
            return self._gateway.refused(inner, Problem(400, "Batch requests cannot be nested"))
        if len(body) > ITEM_INPUT_LIMIT:
            return self._gateway.refused(inner, Problem(413, "Request entity too large"))
        answer = await self._gateway.item(inner, found)
        if len(answer.body) > ITEM_OUTPUT_LIMIT:
            return self._gateway.refused(inner, Problem(500, "Response exceeds the maximum output size"))
        return answer


def _headers(answer: Answer) -> list[dict[str, str]]:
    """Those of a single answer, as name and value."""
    fixed = [
        ("Pragma", "no-store,no-cache"),
        ("Cache-control", "no-cache,no-store,must-revalidate,max-age=-1"),
        ("Expires", "0"),
        ("Content-Type", answer.media_type),
        ("Content-Length", str(len(answer.body))),
    ]
    return [{"name": name, "value": value} for name, value in (*fixed, *answer.headers)]
