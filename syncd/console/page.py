"""What every page has: the templates, who is looking and what he is offered, and errors that are pages, too.

A page that a browser asks for answers every error with a page; for programs the API's own problems stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from fastapi.templating import Jinja2Templates
from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from syncd.api.guard import CSRF_FIELD, NotSignedInError, text_of
from syncd.api.problems import ProblemError, Wrong, status_of, wrongs
from syncd.console import words
from syncd.console.files import STAMP
from syncd.console.navigation import offered, said
from syncd.core.access import Identity, Role
from syncd.errors import SyncdError, UserError

CONTENT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Stricter than the API's own: the console has nothing inline, neither script nor style."""

Model = TypeVar("Model", bound=BaseModel)

_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
_templates.env.trim_blocks = _templates.env.lstrip_blocks = True
_templates.env.filters.update(words.FILTERS)
_templates.env.globals.update(stamp=STAMP, Role=Role, csrf_field=CSRF_FIELD)


def show(request: Request, template: str, code: int = 200, **context: Any) -> Response:
    """The page of this template, with what its reader is offered."""
    who: Identity | None = getattr(request.state, "who", None)
    frame = {
        "who": who,
        "may": lambda role: who is not None and who.role.includes(role),
        "navigation": offered(who, request.url.path),
        "said": said(request.query_params),
        "here": request.url.path,
        "version": request.app.version,
    }
    headers = {"Content-Security-Policy": CONTENT}
    return _templates.TemplateResponse(request, template, {**frame, **context}, code, headers)


def go(path: str, said: str = "", **query: object) -> Response:
    """On to another page of ours after something was done, which says there that it was (`navigation.SAID`)."""
    more = {
        **({"said": said} if said else {}),
        **{name: value for name, value in query.items() if value not in ("", None)},
    }
    return RedirectResponse(f"{path}?{urlencode(more)}" if more else path, 303)


# -- forms -------------------------------------------------------------------------------------------------------------


async def _form(request: Request) -> FormData:
    return await request.form(max_files=0, max_fields=1000)


Sent = Annotated[FormData, Depends(_form)]
"""What a form sent."""


def text(form: FormData, name: str) -> str:
    return text_of(form, name).strip()


def sure(form: FormData) -> bool:
    """Whether it was asked for a second time: by the page of `really`, or by the dialog in its place."""
    return text(form, "sure") == "yes"


def really(request: Request, form: FormData, question: str, verb: str, back: str) -> Response:
    """Ask once more before something that is not easily undone; the same form comes again, then `sure`."""
    kept = [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != CSRF_FIELD]
    return show(request, "really.html", question=question, verb=verb, back=back, kept=kept)


def wanted(model: type[Model], **values: object) -> Model:
    """What a form wants, as the API would take it; or all that is wrong with it."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise ProblemError(
            422, "that cannot be done", problems=wrongs(error.errors(include_input=False, include_url=False))
        ) from None


# -- errors ------------------------------------------------------------------------------------------------------------


class PageRoute(APIRoute):
    """A route whose errors are pages where a browser asks."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except NotSignedInError as error:
                if request.method == "GET" or not _browser(request):
                    raise  # a page that was asked for is shown after signing in
                return wrong(request, 401, error.detail)
            except HTTPException as error:
                if not _browser(request):
                    raise
                problems = error.problems if isinstance(error, ProblemError) else ()
                return wrong(request, error.status_code, str(error.detail), problems, error.headers)
            except RequestValidationError as error:
                if not _browser(request) or not hasattr(request.state, "who"):
                    raise
                return wrong(request, 422, "the address or the form does not fit", wrongs(error.errors()))
            except SyncdError as error:
                if not _browser(request):
                    raise
                listed = error.problems if isinstance(error, UserError) else ()
                summary = error.summary if isinstance(error, UserError) else str(error)
                return wrong(request, status_of(error), summary, [Wrong(place="", problem=one) for one in listed])

        return handled


def _browser(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def wrong(
    request: Request, status: int, what: str, problems: Sequence[Wrong] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """The page of an error."""
    answer = show(request, "wrong.html", status, what=what, problems=problems, status=status)
    answer.headers.update(headers or {})
    return answer
