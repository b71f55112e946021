"""Signing in and out with a browser: a token, or the ticket of a sign-in link, is changed for a session cookie."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.templating import Jinja2Templates

from syncd.api.guard import Guard, say_refused
from syncd.api.problems import ProblemError
from syncd.core.access import Open, Role, needs

SIGN_IN = "/sign-in"
_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
_DOOR = Open("the way in")

Next = Annotated[str, Query(max_length=2000)]


def sign_in_pages(guard: Guard) -> APIRouter:
    """GET and POST /sign-in, POST /sign-out."""
    router = APIRouter(include_in_schema=False)

    @router.get(SIGN_IN, response_class=HTMLResponse)
    @needs(_DOOR)
    def page(request: Request, next: Next = "/", ticket: Annotated[str, Query(max_length=200)] = "") -> Response:
        return _page(request, guard, next, ticket=ticket)

    @router.post(SIGN_IN, response_class=HTMLResponse)
    @needs(_DOOR)
    def sign_in(
        request: Request,
        token: Annotated[str, Form(max_length=500)] = "",
        ticket: Annotated[str, Form(max_length=500)] = "",
        next: Annotated[str, Form(max_length=2000)] = "/",
    ) -> Response:
        guard.check_origin(request)
        try:
            guard.slow_down(request)
        except ProblemError as error:
            return _page(request, guard, next, wrong=error.detail, status=429, headers=error.headers)
        session = guard.access.redeem(ticket) if ticket else guard.access.sign_in(token.strip())
        if session is None:
            say_refused(request)
            what = "This sign-in link was used already or is too old." if ticket else "This token is not valid."
            return _page(request, guard, next, wrong=what, status=401)
        answer = RedirectResponse(local(next), 303)
        answer.set_cookie(guard.cookie, session.secret, httponly=True, secure=guard.https, samesite="strict", path="/")
        return answer

    @router.post("/sign-out")
    @needs(Role.VIEWER)
    def sign_out(request: Request) -> Response:
        guard.access.sign_out(request.cookies.get(guard.cookie, ""))
        answer = RedirectResponse(SIGN_IN, 303)
        answer.delete_cookie(guard.cookie, path="/", httponly=True, secure=guard.https, samesite="strict")
        return answer

    return router


def local(address: str) -> str:
    """An address of ours to go on to; "/" for anything that a browser could take elsewhere."""
    safe = address.startswith("/") and not address.startswith("//") and "\\" not in address and address.isprintable()
    return address if safe else "/"


def _page(
    request: Request,
    guard: Guard,
    next: str,
    *,
    ticket: str = "",
    wrong: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    context = {"next": local(next), "ticket": ticket, "wrong": wrong, "nobody": not guard.access.any_token()}
    return _templates.TemplateResponse(request, "sign_in.html", context, status_code=status, headers=headers)
