"""What can go wrong between a client and a site, on demand and repeatably (facts 14).

| kind            | the client sees                                        | the request has an effect |
|-----------------|--------------------------------------------------------|---------------------------|
| 429             | too many requests, `retry_after` in every form          | no                        |
| 503             | unavailable, with or without Retry-After                | no                        |
| 502, 504        | a proxy's HTML                                          | no, unless `commit`       |
| 409, 422        | a conflicting update, a broken configuration            | no                        |
| 500             | Jira's own internal error                               | no, unless `commit`       |
| html            | 200 and a page                                          | no, unless `commit`       |
| login_redirect  | 302 to the log-in page                                  | no                        |
| truncated       | 200 and half a JSON document                            | yes                       |
| near_limit      | the true answer and X-RateLimit-NearLimit               | yes                       |
| drop_before     | a broken connection                                     | no                        |
| drop_after      | a broken connection                                     | yes                       |
| cut             | the head of the answer, half of the body, a broken connection | yes                 |
| hang            | nothing for `seconds`, then the true answer             | yes                       |
| slow            | the true answer, byte by byte over `seconds`            | yes                       |
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase

from syncd.sandbox.jira.web.call import Reply, answer, page

KINDS = (
    "409",
    "422",
    "429",
    "500",
    "502",
    "503",
    "504",
    "html",
    "login_redirect",
    "truncated",
    "near_limit",
    "drop_before",
    "drop_after",
    "cut",
    "hang",
    "slow",
)
_EFFECTIVE = ("truncated", "near_limit", "drop_after", "cut", "hang", "slow")


@dataclass(slots=True)
class Fault:
    """Happens to requests of `method` whose path fits the glob `path` (`re:` before a regular expression).

    The first `after` of them pass, the next `count` (None: all) each suffer with `probability`. `retry_after` is a
    number of seconds, "date" (an HTTP date five seconds ahead), "reset" (none, but an ISO time in X-RateLimit-Reset),
    "gateway" (the same as the gateway words it) or None (no hint at all).
    """

    kind: str
    method: str = "*"
    path: str = "*"
    after: int = 0
    count: int | None = 1
    probability: float = 1.0
    retry_after: int | str | None = 1
    seconds: float = 5.0
    commit: bool | None = None
    fired: int = 0
    _seen: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"there is no fault {self.kind!r}; there are {', '.join(KINDS)}")

    @property
    def commits(self) -> bool:
        """Whether the request is carried out before the fault strikes."""
        return self.kind in _EFFECTIVE if self.commit is None else self.commit

    def strikes(self, method: str, path: str, chance: Callable[[], float]) -> bool:
        if self.method not in ("*", method) or not self._fits(path):
            return False
        if self.count is not None and self.fired >= self.count:
            return False
        self._seen += 1
        if self._seen <= self.after or (self.probability < 1 and chance() >= self.probability):
            return False
        self.fired += 1
        return True

    def _fits(self, path: str) -> bool:
        if self.path.startswith("re:"):
            return re.search(self.path[3:], path) is not None
        return fnmatchcase(path, self.path)

    def reply(self, true: Reply | None, now: datetime) -> Reply:
        """What is sent instead of the true answer, which exists if the fault commits."""
        if self.kind == "429":
            return _too_many(self.retry_after, now)
        if self.kind == "503":
            reply = page("<html><head><title>503</title></head><body>Service Unavailable</body></html>", 503)
            reply.headers |= _hint(self.retry_after, now)
            return reply
        if self.kind in ("502", "504"):
            title = {"502": "502 Bad Gateway", "504": "504 Gateway Time-out"}[self.kind]
            html = f"<html><head><title>{title}</title></head><body><center><h1>{title}</h1></center></body></html>"
            return page(html, int(self.kind))
        if self.kind in ("409", "422"):
            words = {"409": "The issue is being updated by somebody else.", "422": "The workflow is misconfigured."}
            return answer({"errorMessages": [words[self.kind]], "errors": {}}, int(self.kind))
        if self.kind == "500":
            return answer({"errorMessages": ["Internal server error"], "errors": {}}, 500)
        if self.kind == "html":
            return page(
                "<!DOCTYPE html><html><head><title>Log in - Jira</title></head><body>Please log in</body></html>"
            )
        if self.kind == "login_redirect":
            return Reply(302, headers={"Location": "/login.jsp?permissionViolation=true"})
        assert true is not None, f"{self.kind} needs the true answer"
        if self.kind == "truncated":
            return Reply(200, true.body[: max(len(true.body) // 2, 1)], "application/json;charset=UTF-8", true.headers)
        if self.kind == "near_limit":
            headers = {"X-RateLimit-NearLimit": "true", "X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "12"}
            return Reply(true.status, true.body, true.content_type, true.headers | headers)
        return true


class Faults:
    """The faults that are set, in order; the first that strikes wins."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self.active: list[Fault] = []

    def add(self, kind: str | int, **details: object) -> Fault:
        fault = Fault(str(kind), **details)  # type: ignore[arg-type]  # checked by Fault's own signature
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        self.active.clear()

    def take(self, method: str, path: str) -> Fault | None:
        return next((fault for fault in self.active if fault.strikes(method, path, self._random.random)), None)


def _too_many(hint: int | str | None, now: datetime) -> Reply:
    if hint == "gateway":
        reply = answer({"code": 429, "message": "Rate limit exceeded"}, 429)
        reply.headers["X-Failure-Category"] = "FAILURE_CLIENT_RATE_LIMIT"
    else:
        reply = answer({"errorMessages": ["Rate limit exceeded."], "errors": {}}, 429)
        reply.headers["RateLimit-Reason"] = "jira-burst-based"
    reply.headers |= {"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "0", **_hint(hint, now)}
    return reply


def _hint(hint: int | str | None, now: datetime) -> dict[str, str]:
    soon = now.astimezone(UTC) + timedelta(seconds=5)
    if hint is None:
        return {}
    if hint == "date":
        return {"Retry-After": format_datetime(soon.replace(microsecond=0), usegmt=True)}
    if hint in ("reset", "gateway"):
        return {"X-RateLimit-Reset": f"{soon:%Y-%m-%dT%H:%M:%SZ}"}
    return {"Retry-After": str(hint)}
