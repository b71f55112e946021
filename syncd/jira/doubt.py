"""What an answer to a write means, after the judge has said what it would mean to a read.

A read may be asked again, so for it "nobody knows" is as good as "no". A write must not: whatever may have had an
effect is a doubt, and Jira is asked before anything is sent again (laws 1 and 3; Jira knows no idempotency keys, facts
6.8). Decides nothing about when to ask.

| the judge's word                          | of a write                                                           |
|-------------------------------------------|----------------------------------------------------------------------|
| accepted, but 202                         | Doubtful                                                             |
| 2xx as to a stranger                      | Doubtful, Auth if absent: strangers may write in some projects       |
| 2xx that is a page, 3xx                   | Doubtful                                                             |
| 200 or 201 without a byte                 | accepted: properties are confirmed so                                |
| 403 about the thing                       | Doubtful, Rejected if absent                                         |
| 4xx that is no JSON: something in front   | Doubtful, Rejected if absent                                         |
| 400 that names fields                     | FieldsRefusedError                                                   |
| 429 for writing to one issue too often    | Unavailable: this issue waits, and not the whole connection          |
| 408, 425, 5xx                             | Doubtful                                                             |
| anything else                             | the same as of a read                                                |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syncd.errors import (
    AuthError,
    DoubtfulError,
    NotFoundError,
    RejectedError,
    RemoteError,
    ThrottledError,
    UnavailableError,
    UnreadableError,
)
from syncd.http import Request, Response, is_json, shortened

PER_ISSUE = "jira-per-issue-on-write"
"""`RateLimit-Reason` of the limit of 20 writes in 2 s, or 100 in 30 s, to one issue (jira facts 7.1, 7.3)."""


class FieldsRefusedError(RejectedError):
    """Jira refuses the values of some fields; `fields` says of each why, in Jira's words."""

    def __init__(self, message: str, *, fields: Mapping[str, str] | None = None, **context: Any) -> None:
        self.fields = dict(fields or {})
        super().__init__(message, **context)


def of_write(
    error: RemoteError | None, response: Response, request: Request, *, system: str, transaction_limit: float
) -> RemoteError | None:
    """`error` is what the judge made of the answer. `transaction_limit` is how long a lost request may go on."""
    match error:
        case None:
            return _nothing(response, request, system) if response.status_code == 202 else None
        case ThrottledError() if response.headers.get("RateLimit-Reason", "").strip() == PER_ISSUE:
            message = "takes no more writes to this issue for now"
            return UnavailableError(message, **_about(error), retry_after=error.retry_after)
        case ThrottledError():
            return error
        case UnavailableError():
            by_jira = is_json(response) and response.status_code == 500
            return _doubt(error, settles_after=0.0 if by_jira else transaction_limit)
        case UnreadableError() if response.status_code in (200, 201) and not response.content:
            return None
        case UnreadableError() if response.status_code >= 400:
            return _doubt(error, if_absent=RejectedError(error.message, **_about(error)))
        case UnreadableError():
            return _doubt(error)
        case AuthError() if response.ok:
            return _doubt(error, if_absent=error)
        case NotFoundError() if is_json(response):
            return error
        case RejectedError() if response.status_code == 403 or not is_json(response):
            return _doubt(error, if_absent=error)
        case RejectedError() if fields := _fields(response):
            return FieldsRefusedError(f"refuses {', '.join(fields)}", fields=fields, **_about(error))
        case _:
            return error


def _nothing(response: Response, request: Request, system: str) -> DoubtfulError:
    message = "put the request aside instead of answering (202)"
    return DoubtfulError(message, system=system, step=request.step, status=response.status_code)


def _doubt(error: RemoteError, *, settles_after: float = 0.0, if_absent: RemoteError | None = None) -> DoubtfulError:
    return DoubtfulError(
        f"{error.message}; the write may or may not have happened",
        settles_after=settles_after,
        if_absent=if_absent,
        retry_after=error.retry_after,
        **_about(error),
    )


def _about(error: RemoteError) -> dict[str, Any]:
    return {"system": error.system, "step": error.step, "status": error.status, "detail": error.detail}


def _fields(response: Response) -> dict[str, str]:
    """What the body says of single fields."""
    try:
        body = response.json()
    except ValueError:
        return {}
    errors = body.get("errors") if isinstance(body, dict) else None
    if not isinstance(errors, dict):
        return {}
    return {shortened(str(name), 60): shortened(str(words)) for name, words in errors.items()}
