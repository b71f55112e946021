"""What a fault does to a call: the answer it puts in place, the effects it sends in, the answers it spoils."""

from __future__ import annotations

import json
import time
from dataclasses import replace

from syncd.sandbox.servicenow import writing
from syncd.sandbox.servicenow.access import SYSTEM
from syncd.sandbox.servicenow.exchange import NO_EFFECTS, Answer, Call, Effects, answer_json, html, refusal
from syncd.sandbox.servicenow.faults import Fault
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.problems import Problem, acl, api_acl, not_authenticated
from syncd.sandbox.servicenow.routing import TABLE_REST, Found

CANCELLED = {
    "error": {
        "message": "Transaction cancelled: maximum execution time exceeded",
        "detail": "maximum execution time exceeded Check logs for error trace or enable glide.rest.debug property "
        "to verify REST request processing",
    },
    "status": "failure",
}
_RULE_ID = "5b9e0a4fdb1c0010a6d1f3c2ca961923"


class Hangup(Exception):
    """The connection is closed without an answer, after so many seconds of silence."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        super().__init__(seconds)


def instead_of(call: Call, fault: Fault) -> Answer:
    """The answer of a fault that strikes before anything was done. May raise `Hangup`."""
    match fault.kind:
        case "dropped":
            return Answer(202)
        case "rate_limited":
            return rate_limited(call, fault.limit, fault.retry_after)
        case "semaphore_full":
            return semaphore_full()
        case "hibernating":
            return hibernating()
        case "unauthorized":
            return refusal(call, not_authenticated())
        case "acl_denied":
            return refusal(call, api_acl())
        case "lost_request":
            raise Hangup
        case _:
            return server_error(fault.status)


def spoiled(call: Call, fault: Fault, good: Answer) -> Answer:
    """The answer of a fault that strikes when the work is done. May raise `Hangup`."""
    match fault.kind:
        case "truncated":
            cut = good.body[: max(len(good.body) * 6 // 10, 12)] or b'{"result":[{"sys_id":"'
            return Answer(200, cut + b'","' + json.dumps(CANCELLED)[2:].encode())
        case "error_in_200":
            return answer_json(_parsed(good.body) | CANCELLED)
        case "forbidden_after_commit":
            return refusal(call, acl({"POST": "Insert", "DELETE": "Delete"}.get(call.method, "Update")))
        case "server_error_after":
            return server_error(fault.status)
        case "hung_answer":
            raise Hangup(fault.seconds)
        case "lost_answer":
            raise Hangup
        case _:
            return good


def effects_of(fault: Fault) -> Effects:
    """What a fault changes inside the processing."""
    match fault.kind:
        case "hidden_rows":
            return Effects(hide_share=fault.share)
        case "garbled_emoji":
            return Effects(garble_emoji=fault.name if fault.name == "truncate" else "question_marks")
        case "crlf" | "lf":
            return Effects(newlines=fault.kind)
        case "aborted":
            return Effects(aborted_by=fault.name)
        case "unserviced":
            return Effects(unserviced=fault.items)
        case _:
            return NO_EFFECTS


def edited_by_another(instance: Instance, fault: Fault, found: Found, answer: Answer) -> None:
    """Somebody else changes the record that this call was about, right after it and in the same second."""
    table = found.table
    sys_id = found.arguments.get("sys_id") or dict(answer.headers).get("Location", "").rpartition("/")[2]
    if table in instance.schema and instance.database.find(table, sys_id) is not None:
        user = instance.users.get(fault.user, SYSTEM)
        writing.update(instance, table, sys_id, fault.fields, replace(user, roles=user.roles | {"admin"}))


def rate_limited(
    call: Call, limit: int, retry_after: str = "", reset: int | None = None, resource: str = TABLE_REST
) -> Answer:
    """A rate rule's 429: with headers, and with the name of what the rule is about (facts 1.21, 6.3)."""
    problem = Problem(429, "Rate limit exceeded", f"Rate limit of {limit} requests per hour for {resource} exceeded")
    answer = refusal(call, problem).with_headers(*rate_headers(limit, reset or int(time.time()) + 3600))
    return answer.with_headers(("Retry-After", retry_after)) if retry_after else answer


def rate_headers(limit: int, reset: int) -> tuple[tuple[str, str], ...]:
    """On every request that a rule counts; there is no header that says how many remain (facts 6.3)."""
    return (
        ("X-RateLimit-Limit", str(limit)),
        ("X-RateLimit-Reset", str(reset)),
        ("X-RateLimit-Rule", _RULE_ID),
    )


def semaphore_full() -> Answer:
    """A full queue's 429: no headers at all, no JSON (facts 6.6)."""
    return Answer(429, b"", "text/html;charset=UTF-8")


def hibernating() -> Answer:
    """What a sleeping developer instance says to everybody (facts 6.14)."""
    return html(
        200, "Instance Hibernating page", "Your instance is hibernating. Sign in to the developer site to wake it."
    )


def server_error(status: int) -> Answer:
    """A 500 of the instance is JSON, the others are a proxy's HTML (facts 6.15)."""
    if status == 500:
        failure = {"message": "Transaction cancelled: maximum wait time exceeded", "detail": None}
        return answer_json({"error": failure, "status": "failure"}, 500)
    titles = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}
    return html(status, f"{status} {titles.get(status, 'Error')}", "The instance is temporarily unavailable.")


def _parsed(body: bytes) -> dict[str, object]:
    try:
        document = json.loads(body or b"{}")
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}
