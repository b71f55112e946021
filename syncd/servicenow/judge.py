"""What an answer of ServiceNow means. The status alone says little (facts 0.1 to 0.4, 1.7 to 1.27, 6.x, 7.x).

| answer                                   | a read      | a write                                              |
|------------------------------------------|-------------|------------------------------------------------------|
| 2xx JSON with a result and no error      | accepted    | accepted                                             |
| 202                                      | Unavailable | Doubtful: dropped, says the documentation            |
| 2xx with an error, cut off, or no JSON   | Unreadable  | Doubtful; 204 to a DELETE is accepted                |
| 2xx with a page: asleep, or a log-in     | Unavailable | Doubtful: it concerns every call, not this record    |
| 3xx                                      | Unreadable  | Doubtful                                             |
| 401, 407                                 | Auth        | Auth: refused before anything else was looked at     |
| 403 of the API as a whole                | Auth        | Auth: the same                                       |
| 403 about the record                     | Rejected    | Doubtful, Rejected if the effect is not found (1.25) |
| 404 in JSON                              | NotFound    | NotFound                                             |
| 429                                      | Throttled   | Throttled: refused before it was queued              |
| other 4xx in JSON                        | Rejected    | Rejected                                             |
| 4xx that is no JSON (something in front) | Unreadable  | Doubtful, Rejected if the effect is not found        |
| 408, 499, 5xx                            | Unavailable | Doubtful                                             |

It decides nothing about repeating: the door does, by the class of the error.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from syncd.core.model import Json
from syncd.errors import (
    AuthError,
    DoubtfulError,
    NotFoundError,
    RejectedError,
    RemoteError,
    UnavailableError,
    UnreadableError,
)
from syncd.http import Request, Response, is_json, shortened, throttled
from syncd.oauth import TOKEN
from syncd.servicenow.answer import Refusal, parsed, refusal_in

BATCH = "batch"
WITHOUT_RESULT = frozenset({BATCH, TOKEN})
"""The endpoints whose good answers have no `result` around them (servicenow facts 5.1, 7.3)."""

BASIC_HINT = (
    "if the user name and the password are right, the instance may refuse Basic auth to users who can log in "
    "interactively: mark the user web_service_access_only, or give it the role snc_basic_auth_api_access"
)
"""Servicenow facts 7.1: new instances answer a plain 401 to a right password, admin included."""

SCOPE_HINT = 'the OAuth client may only use its own scope: give it the auth scope "useraccount"'

_TITLE = re.compile(r"<title[^>]*>([^<]*)", re.IGNORECASE)

_MESSAGE = re.compile(r'"error"\s*:\s*\{\s*"message"\s*:\s*"([^"]*)"')

MAY_STILL_RUN = frozenset({408, 499, 502, 503, 504})
"""Said by something in front of the instance, which may still be at work on the request (servicenow facts 6.15)."""


def judge_for(connection: str, *, basic: bool, transaction_limit: float) -> Callable[[Response, Request], None]:
    """The judge of one connection. `basic` adds the hint about Basic auth to a 401."""

    def judge(response: Response, request: Request) -> None:
        verdict = _Verdict(connection, response, request, basic, transaction_limit).error()
        if verdict is not None:
            raise verdict

    return judge


class _Verdict:
    """One answer under judgement."""

    def __init__(
        self, connection: str, response: Response, request: Request, basic: bool, transaction_limit: float
    ) -> None:
        self.connection = connection
        self.response = response
        self.request = request
        self.basic = basic
        self.transaction_limit = transaction_limit
        self.status = response.status_code

    def error(self) -> RemoteError | None:
        if self.status == 202:
            return self._nothing_known("dropped the request, because its session was busy (202)", unavailable=True)
        if 200 <= self.status < 300:
            return self._of_success()
        if self.status < 400:
            where = shortened(self.response.headers.get("Location", "").partition("?")[0], 120)
            return self._nothing_known("redirects instead of answering: is the address right?", detail=where)
        if self.status == 401:
            return self._auth("refuses the credentials", BASIC_HINT if self.basic else "")
        if self.status == 407:
            return self._auth("cannot be reached: the proxy wants credentials", "", believed=True)
        if self.status == 429:
            return throttled(
                self.response, system=self.connection, step=self.request.step, detail=self._refusal().words
            )
        if self.status >= 500 or self.status in MAY_STILL_RUN:
            return self._of_failure()
        return self._of_refusal()

    def _of_success(self) -> RemoteError | None:
        if self.status == 204 and self.request.method == "DELETE":
            return None  # facts 1.2: nobody else has nothing to say
        if self.request.stream:
            return self._of_stream()
        body = parsed(self.response)
        if body is None:
            if not is_json(self.response):
                message = "answered with something other than JSON"
                return self._nothing_known(message, detail=page_words(self.response), unavailable=self._is_page())
            return self._nothing_known("broke off its answer", detail=last_words(self.response))
        cancelled = refusal_in(body)
        if cancelled is not None:
            return self._nothing_known("reported success and an error at once", detail=cancelled.words)
        if self.request.endpoint not in WITHOUT_RESULT and not _has_result(body):
            return self._nothing_known("answered without a result")
        return None

    def _of_stream(self) -> RemoteError | None:
        """A file: its bytes are its own business, but a page that announces no file is a log-in or hibernation page."""
        if "X-Attachment-Metadata" in self.response.headers:
            return None
        if self._is_page():
            self.response.close()
            return self._nothing_known("answered with a page instead of the file")
        return None

    def _is_page(self) -> bool:
        return self.response.headers.get("Content-Type", "").startswith("text/html")

    def _of_failure(self) -> RemoteError:
        refusal = self._refusal()
        by_instance = refusal.is_json and self.status not in MAY_STILL_RUN
        return self._nothing_known(
            "cannot answer now",
            detail=refusal.words,
            unavailable=True,
            settles_after=0.0 if by_instance else self.transaction_limit,
        )

    def _of_refusal(self) -> RemoteError:
        refusal = self._refusal()
        if not refusal.is_json:
            message = "was refused by something in front of the instance"
            return self._nothing_known(message, detail=refusal.words, if_absent=self._rejected(message, refusal))
        if self.status == 404:
            return NotFoundError("does not have this, or hides it from this user", **self._context(refusal.words))
        if self.status != 403:
            return self._rejected("refuses the request", refusal)
        if refusal.of_scope:
            return self._auth("lets this OAuth client in, but not to the tables", SCOPE_HINT, believed=True)
        if refusal.of_api:
            return self._auth("closes this API to this user", "", believed=True)
        rejected = self._rejected("refuses", refusal)
        if self.request.reads:
            return rejected
        return self._nothing_known("refuses, which may come after the fact", detail=refusal.words, if_absent=rejected)

    def _nothing_known(
        self,
        message: str,
        *,
        detail: str = "",
        unavailable: bool = False,
        settles_after: float = 0.0,
        if_absent: RemoteError | None = None,
    ) -> RemoteError:
        """Unreadable (or Unavailable) for a read, Doubtful for a write."""
        context = self._context(detail)
        if not self.request.reads:
            return DoubtfulError(message, settles_after=settles_after, if_absent=if_absent, **context)
        return UnavailableError(message, **context) if unavailable else UnreadableError(message, **context)

    def _auth(self, message: str, hint: str, *, believed: bool = False) -> AuthError:
        words = self._refusal().words
        return AuthError(message, believed=believed, **self._context("; ".join(part for part in (words, hint) if part)))

    def _rejected(self, message: str, refusal: Refusal) -> RejectedError:
        return RejectedError(message, **self._context(refusal.words))

    def _refusal(self) -> Refusal:
        found = refusal_in(parsed(self.response))
        return found or Refusal(page_words(self.response), is_json=False)

    def _context(self, detail: str) -> dict[str, Json]:
        return {"system": self.connection, "step": self.request.step, "status": self.status, "detail": detail}


def _has_result(body: Json) -> bool:
    result = body.get("result") if isinstance(body, dict) else None
    return isinstance(result, dict) or (isinstance(result, list) and all(isinstance(row, dict) for row in result))


def page_words(response: Response) -> str:
    """What a person needs of an answer that is no JSON: its kind and, of a page, its title."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip() or "no content type"
    head = response.content[:20_000].decode("utf-8", "replace")
    found = _TITLE.search(head)
    title = found[1].strip() if found else ""
    return shortened(f'{kind}, "{title}"' if title else kind, 160)


def last_words(response: Response) -> str:
    """The message that a cancelled transaction glues to the end of half an answer (servicenow facts 6.9)."""
    found = _MESSAGE.findall(response.content[-2_000:].decode("utf-8", "replace"))
    return shortened(found[-1]) if found else f"after {len(response.content)} bytes"
