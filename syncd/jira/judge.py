"""What an answer of Jira means. Every answer passes here before anybody reads it.

Jira is fond of saying 200 when it means no: an expired token searches as nobody and finds nothing, a log-in page is a
success, and only a header tells (jira facts 7.12). So the header is looked at first, on every answer.

| answer                                      | error                                                       |
|---------------------------------------------|-------------------------------------------------------------|
| any, with a bad X-Seraph-LoginReason        | AuthError: the credentials were not believed                |
| any, with a denial (CAPTCHA)                | AuthError: a person must log in first                       |
| 401 about a scope                           | ForbiddenError                                              |
| 401; 403 that is not in Jira's own words    | UnclearError: of us, or of this one thing; `doors` finds out |
| 403 in Jira's own words                     | ForbiddenError: this thing is hidden, the credentials hold  |
| 404 in Jira's own words                     | NotFoundError: deleted or hidden, nobody can tell           |
| 404 otherwise                               | UnreadableError: this is not Jira's address                 |
| 429                                         | ThrottledError                                              |
| 408, 425, 5xx                               | UnavailableError                                            |
| other 4xx                                   | RejectedError with Jira's words                             |
| 3xx, 2xx that is not JSON                   | UnreadableError: proves nothing                             |

The table is that of reads; `doubt` says what becomes of it when the request was a write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from syncd.errors import AuthError, NotFoundError, RejectedError, RemoteError, UnavailableError, UnreadableError
from syncd.http import Request, Response, is_json, retry_after, shortened, throttled
from syncd.jira.doubt import of_write

_NOT_BELIEVED = frozenset({"AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED", "AUTHORISATION_FAILED", "OUT"})
_CHECK = "check the user name and the token or password of this connection"
_FORBIDDEN = "does not let this user see or do that"
_ADDRESS = "check the connection's url, its context path, and whether a proxy or a single sign-on page is in between"


class ForbiddenError(RejectedError):
    """Jira says that this thing may not be seen by this user, whose credentials are good."""


class UnclearError(AuthError):
    """Refused, and the answer does not say whether the credentials are meant or this one thing.

    Data Center may say 401 of a single issue (jira facts 4.4); a firewall or a log-in page says 403 to what it likes.
    `of_thing` is what it was if the credentials are good.
    """

    def __init__(self, message: str, *, of_thing: RejectedError, **context: Any) -> None:
        self.of_thing = of_thing
        super().__init__(message, **context)


def judge_for(connection: str, transaction_limit: float) -> Callable[[Response, Request], None]:
    """The judge of a connection's answers. `transaction_limit`: for how many seconds a lost write may go on."""

    def judge(response: Response, request: Request) -> None:
        error = _verdict(response, request, connection)
        if not request.reads:
            error = of_write(error, response, request, system=connection, transaction_limit=transaction_limit)
        if error is not None:
            raise error

    return judge


def _verdict(response: Response, request: Request, system: str) -> RemoteError | None:
    status = response.status_code
    about: dict[str, Any] = {"system": system, "step": request.step, "status": status}
    denial = _denial(response)
    if denial is not None:
        return AuthError(denial, **about)
    words = words_of(response)
    match status:
        case 401 if "scope does not match" in words:  # of the gateway: the token is good, for other things
            return ForbiddenError("does not let this token do that: it lacks a scope", detail=words, **about)
        case 401:
            message = f"does not accept the credentials; {_CHECK}"
            return UnclearError(message, of_thing=_of_thing(response, words, about), detail=words, **about)
        case 403 if _in_jiras_words(response):
            return ForbiddenError(_FORBIDDEN, detail=words, **about)
        case 403 if not (request.reads or is_json(response)):  # a firewall dislikes the text; the credentials hold
            return RejectedError("was refused by something in front of it", **about)
        case 403:
            message = f"refuses the credentials; {_CHECK}"
            return UnclearError(message, of_thing=_of_thing(response, words, about), detail=words, **about)
        case 404 if _in_jiras_words(response):
            return NotFoundError("has no such thing, or hides it from this user", detail=words, **about)
        case 404:
            return UnreadableError(f"has nothing at this address; {_ADDRESS}", detail=words, **about)
        case 429:
            return throttled(response, system=system, step=request.step, detail=_said(words, _limit(response)))
        case _ if status in (408, 425) or status >= 500:
            wait = retry_after(response.headers) if status == 503 else None
            return UnavailableError("cannot work now", detail=words, retry_after=wait, **about)
        case 410:
            return RejectedError("has removed this part of its API; a newer syncd may be needed", detail=words, **about)
        case _ if status >= 400:
            return RejectedError("refuses the request", detail=words, **about)
        case _ if status >= 300:
            return UnreadableError(f"points elsewhere instead of answering; {_ADDRESS}", **about)
        case 204:
            return None
        case _ if not (request.stream or is_json(response)):
            return UnreadableError(f"answers with a page instead of data; {_ADDRESS}", **about)
    return None


def _of_thing(response: Response, words: str, about: dict[str, Any]) -> RejectedError:
    if is_json(response):
        return ForbiddenError(_FORBIDDEN, detail=words, **about)
    return RejectedError("was refused by something in front of it", **about)


def _denial(response: Response) -> str | None:
    """Why Jira did not believe us, if it says so in a header: then even a 200 is an answer to a stranger."""
    if "CAPTCHA" in response.headers.get("X-Authentication-Denied-Reason", "").upper():
        return "asks for a CAPTCHA after failed log-ins; log in once in a browser as this user, then check the password"
    reasons = {reason.strip() for reason in response.headers.get("X-Seraph-LoginReason", "").upper().split(",")}
    bad = sorted(reasons & _NOT_BELIEVED)
    if bad:
        reason = "the token may be wrong, expired or revoked, or a scoped one without `scoped: true`"
        return f"answers as to a stranger ({', '.join(bad)}): {reason}; {_CHECK}"
    return None


def _in_jiras_words(response: Response) -> bool:
    """Whether Jira itself says no, and not a gateway or a web server before it."""
    body = _json(response)
    return isinstance(body, dict) and ("errorMessages" in body or "errors" in body)


def words_of(response: Response) -> str:
    """What the body of an error says, shortened. Pages say nothing."""
    body = _json(response) if response.status_code >= 400 else None
    if not isinstance(body, dict):
        return ""
    said: list[str] = []
    for key in ("errorMessages", "warningMessages"):
        value = body.get(key)
        said += [str(one) for one in value] if isinstance(value, list) else [str(value)] if value else []
    errors = body.get("errors")
    if isinstance(errors, dict):
        said += [f"{field}: {text}" for field, text in errors.items()]
    said += [str(body[key]) for key in ("message", "error", "error_description", "detail") if body.get(key)]
    return shortened("; ".join(said))


def _said(*words: str) -> str:
    return "; ".join(word for word in words if word)


def _limit(response: Response) -> str:
    """Which of Jira's limits it was (jira facts 7.3)."""
    return shortened(response.headers.get("RateLimit-Reason", ""), 60)


def _json(response: Response) -> Any:
    if not is_json(response):
        return None
    try:
        return response.json()
    except ValueError:
        return None
