"""Who is asking, and may they? One guard before every route; what each needs stands at the route (`core.access.needs`).

| credentials                     | who                      | a change also needs                            |
|---------------------------------|--------------------------|------------------------------------------------|
| `Authorization: Bearer <token>` | a program                |                                                |
| session cookie                  | a person, by the console | our own Origin, and the session's form secret  |
| none                            | nobody                   | only routes marked `Open` answer               |
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import compare_digest
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, params
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData

from syncd.api.problems import ProblemError
from syncd.api.shell import LOOPBACK, name_of
from syncd.core.access import Identity, Open, need_of
from syncd.store.access import Access

log = logging.getLogger(__name__)

CSRF_HEADER = "X-CSRF-Token"
CSRF_FIELD = "csrf"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class NotSignedInError(ProblemError):
    """Nobody we know. A browser is sent to the sign-in page."""

    def __init__(self, detail: str) -> None:
        super().__init__(401, detail, headers={"WWW-Authenticate": 'Bearer realm="syncd"'})


@dataclass(frozen=True, slots=True)
class Guard:
    """`public_place` is the name, and port, that people use where a proxy in front of us tells us another Host."""

    access: Access
    https: bool = False
    public_place: str = ""

    @property
    def cookie(self) -> str:
        """Under TLS the name itself makes browsers refuse a cookie that somebody else has set."""
        return "__Host-syncd_session" if self.https else "syncd_session"

    def admit(self, request: Request, csrf: str) -> Identity | None:
        """Let the request pass, or raise. What is found is `request.state.who`."""
        need = need_of(request.scope.get("endpoint"))
        if isinstance(need, Open):
            request.state.who = None
            return None
        who = self.identify(request)
        request.state.who = who
        if need is None:
            raise ProblemError(403, "this route does not say who may use it, so nobody may")
        if not who.role.includes(need):
            raise ProblemError(403, f"this needs the role {need}; {who.label} is {who.role}")
        if who.csrf and request.method not in SAFE:
            self._check_form(request, who, csrf)
        return who

    def identify(self, request: Request) -> Identity:
        """Who sent this; raises NotSignedInError."""
        header = request.headers.get("authorization")
        if header is not None:
            scheme, _, token = header.partition(" ")
            who = self.access.identify(token.strip()) if scheme.lower() == "bearer" else None
            if who is None:
                self.slow_down(request)
                say_refused(request)
                raise NotSignedInError("this token is not known, has expired or was revoked")
            return who
        cookie = request.cookies.get(self.cookie)
        if cookie is None:
            raise NotSignedInError("sign in, or send a token: Authorization: Bearer ...")
        session = self.access.session(cookie)
        if session is None:
            raise NotSignedInError("the session is over; sign in again")
        return session

    def slow_down(self, request: Request) -> None:
        """Count one failed or interactive try of this address; raises when there were too many."""
        wait = self.access.attempt(_address(request))
        if wait > 0:
            raise ProblemError(429, "too many tries; wait a little", headers={"Retry-After": str(max(round(wait), 1))})

    def check_origin(self, request: Request) -> None:
        """A form that another site made is not ours. Browsers say where a form comes from; programs need not."""
        origin = request.headers.get("origin")
        if origin is None:
            return
        scheme, place = _parts(origin)
        # Whoever sits between may make a page of our name, but not one by https.
        plain = self.https and scheme != "https" and name_of(place) not in LOOPBACK
        if not place or plain or place not in (request.headers.get("host", "").lower(), self.public_place):
            raise ProblemError(403, "this form comes from another site")

    def _check_form(self, request: Request, who: Identity, csrf: str) -> None:
        self.check_origin(request)
        if not compare_digest(csrf.encode(), who.csrf.encode()):
            raise ProblemError(403, "the form is outdated or not ours; load the page again")


def dependency(guard: Guard) -> params.Depends:
    """The guard for `FastAPI(dependencies=[...])`."""

    async def form_secret(request: Request) -> str:
        if request.method in SAFE or guard.cookie not in request.cookies:
            return ""
        if CSRF_HEADER in request.headers:
            return request.headers[CSRF_HEADER]
        if not request.headers.get("content-type", "").startswith(_FORMS):
            return ""
        return text_of(await request.form(max_files=0, max_fields=1000), CSRF_FIELD)

    async def admit(request: Request) -> None:
        if isinstance(need_of(request.scope.get("endpoint")), Open):
            guard.admit(request, "")  # asks nobody, so it waits for no thread: who is asked for signs of life must not
        else:
            await run_in_threadpool(guard.admit, request, await form_secret(request))

    return params.Depends(admit)


def say_refused(request: Request) -> None:
    """One line for each try that failed, with where it came from: whoever watches for guessing needs that."""
    log.warning("a try to come in from %s failed", _address(request) or "nowhere", extra={"action": "sign_in"})


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _parts(origin: str) -> tuple[str, str]:
    """Scheme, and name with port; empty for nonsense and for "null"."""
    try:
        parts = urlsplit(origin.lower())
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


def text_of(form: FormData | Mapping[str, object], name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def who_asks(request: Request) -> Identity:
    """The identity that the guard found, for routes that are not open."""
    who = request.state.who
    assert isinstance(who, Identity), "the guard has let somebody pass"
    return who


Who = Annotated[Identity, Depends(who_asks)]
"""For a route's parameter: `def retry(who: Who, ...)`."""
