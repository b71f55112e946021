"""What goes wrong, as problem details (RFC 9457): the same shape for every error, and never a value that was sent.

| what                                     | status |
|------------------------------------------|--------|
| a body or a parameter that does not fit  | 422    |
| a mistake of the caller (`UserError`)    | 422    |
| refused as things stand (`RefusedError`) | 409    |
| Jira or ServiceNow did not do it         | 502    |
| the database does not answer             | 503    |
| a bug                                    | 500    |
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from syncd.errors import DatabaseError, RefusedError, RemoteError, SyncdError, UserError

log = logging.getLogger(__name__)

MISFIT = "what was sent does not fit; see `problems`"

MEDIA_TYPE = "application/problem+json"
PROBLEM = {"$ref": "#/components/schemas/Problem"}


class Wrong(BaseModel):
    """One thing that does not fit."""

    place: str = Field(description="where it is, e.g. body.auth.password")
    problem: str


class Problem(BaseModel):
    """Problem details (RFC 9457). The header X-Request-ID says what to look for in the log."""

    type: str = "about:blank"
    title: str = Field(description="the status in words")
    status: int
    detail: str = Field(description="what is wrong, and the way out")
    problems: list[Wrong] = Field(default_factory=list, description="all that does not fit, at once")


class ProblemError(HTTPException):
    """Ends a request with this problem."""

    def __init__(
        self, status: int, detail: str, *, problems: Sequence[Wrong] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.problems = tuple(problems)


def problem(
    status: int, detail: str, *, problems: Sequence[Wrong] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The answer that says so."""
    content = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        problems=list(problems),
    )
    # Escaped to ASCII: a place may be named by half a character, which UTF-8 does not know.
    return Response(json.dumps(content.model_dump()), status, dict(headers or {}), MEDIA_TYPE)


WrongPage = Callable[[Request, int, str, Sequence[Wrong], Mapping[str, str] | None], Response]
"""Says the same as `problem`, to a person."""


def told(
    request: Request,
    page: WrongPage | None,
    status: int,
    detail: str,
    *,
    problems: Sequence[Wrong] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer in the way that fits: a page where a browser wants to show one, else a problem."""
    if page is not None and wants_page(request):
        return page(request, status, detail, problems, headers)
    return problem(status, detail, problems=problems, headers=headers)


def wants_page(request: Request) -> bool:
    """Whether a browser wants to show this. The API answers problems, whoever asks."""
    path = request.url.path
    return not path.startswith(("/api/", "/openapi")) and "text/html" in request.headers.get("accept", "")


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These answers for the OpenAPI document, beside those that every route may give."""
    return {
        status: {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": PROBLEM}},
        }
        for status in sorted({*statuses, 400, 401, 403, 404, 413, 422, 429, 503})
    }


def tell_problems(app: FastAPI, page: WrongPage | None = None) -> None:
    """Every error of this application is told as a problem, or as a page."""

    @app.exception_handler(HTTPException)
    def refused(request: Request, error: HTTPException) -> Response:
        wrong = error.problems if isinstance(error, ProblemError) else ()
        return told(request, page, error.status_code, _detail(error), problems=wrong, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    def invalid(request: Request, error: RequestValidationError) -> Response:
        return told(request, page, 422, MISFIT, problems=wrongs(error.errors()))

    @app.exception_handler(SyncdError)
    def expected(request: Request, error: SyncdError) -> Response:
        status = status_of(error)
        if status >= 500:
            log.warning("%s", error, extra={"action": "api"})
        if isinstance(error, UserError):
            wrong = [Wrong(place="", problem=one) for one in error.problems]
            return told(request, page, status, error.summary, problems=wrong)
        return told(request, page, status, str(error))


def status_of(error: SyncdError) -> int:
    match error:
        case UserError():
            return 422
        case RefusedError():
            return 409
        case RemoteError():
            return 502
        case DatabaseError():
            return 503
    return 500


def wrongs(errors: Sequence[Any], *, above: str = "") -> list[Wrong]:
    """pydantic's errors as sentences with their places. Never the value: it may be a secret."""
    found = []
    for error in errors:
        place = ".".join(str(part) for part in ([above] if above else []) + list(error["loc"]))
        found.append(Wrong(place=place, problem=str(error["msg"]).removeprefix("Value error, ")))
    return found


def _detail(error: HTTPException) -> str:
    match error.status_code, error.detail:
        case 404, "Not Found":
            return "there is nothing at this address; /docs lists what there is"
        case 405, _:
            return "this address does not do that; see the header Allow"
    return str(error.detail)
