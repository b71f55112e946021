"""The web application of one process: the API, the way in, the console's pages, and what machines ask.

/healthz     alive: the timers turn
/readyz      ready: the database answers, the schema is right, every mapping has lately completed a cycle
/metrics     Prometheus
/api/...     see `routes/`, and /docs while it runs

Whatever is added here passes the guard: a route that does not say whom it lets in lets nobody in.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response

from syncd.api.guard import Guard, NotSignedInError, dependency
from syncd.api.problems import MISFIT, Problem, WrongPage, problem, tell_problems, told, wants_page, wrongs
from syncd.api.routes import (
    audit,
    backfills,
    connections,
    docs,
    health,
    issues,
    links,
    mappings,
    parked,
    status,
    sync,
    tokens,
)
from syncd.api.services import Services, Web
from syncd.api.shell import Shell, own_hosts
from syncd.api.signin import SIGN_IN, sign_in_pages

LARGEST_BODY = 1024 * 1024
"""No body that this API takes is nearly as large."""

BOUND_THEMSELVES = ("/webhooks/",)
"""Addresses whose routes take larger bodies, and bound them."""

_MODULES = (status, links, issues, parked, mappings, sync, backfills, connections, audit, tokens)


def create_app(
    services: Services, web: Web, pages: Sequence[APIRouter] = (), wrong_page: WrongPage | None = None
) -> FastAPI:
    """The application over these services; `pages` are the console's, and other people's doors.

    `wrong_page` shows errors to people; without it they get the problems that programs get.
    """
    guard = guard_of(services, web)
    app = FastAPI(
        title="syncd",
        version=services.version,
        description="Mirrors Jira issues into ServiceNow records. Every error is a problem (RFC 9457).",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # it would name the Host and the scheme that somebody in front of us may have changed
        dependencies=[dependency(guard)],
        responses={422: {"model": Problem}},
    )
    app.add_middleware(
        Shell,
        hosts=own_hosts(web.host, web.public_url, web.allowed_hosts),
        https=guard.https,
        largest=LARGEST_BODY,
        except_for=BOUND_THEMSELVES,
        wrong_page=wrong_page,
    )
    tell_problems(app, wrong_page)
    _tell_strangers(app, guard, wrong_page)
    app.include_router(health.routes(services, web))
    for module in _MODULES:
        app.include_router(module.routes(services))
    app.include_router(sign_in_pages(guard))
    for router in pages:
        app.include_router(router)
    docs.add_to(app)
    return app


def guard_of(services: Services, web: Web) -> Guard:
    public = urlsplit(web.public_url or "")
    return Guard(services.store.access, https=web.tls or public.scheme == "https", public_place=public.netloc.lower())


def _tell_strangers(app: FastAPI, guard: Guard, page: WrongPage | None) -> None:
    """Who is not signed in is told so before anything else, in a way that fits."""

    @app.exception_handler(NotSignedInError)
    def not_signed_in(request: Request, error: NotSignedInError) -> Response:
        if request.method == "GET" and wants_page(request):
            here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"{SIGN_IN}?{urlencode({'next': here})}" if here != "/" else SIGN_IN, 303)
        return problem(401, error.detail, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        # A body that is no JSON is noticed before the guard was asked.
        if not hasattr(request.state, "who"):
            try:
                guard.admit(request, "")
            except NotSignedInError as stranger:
                return not_signed_in(request, stranger)
        return told(request, page, 422, MISFIT, problems=wrongs(error.errors()))
