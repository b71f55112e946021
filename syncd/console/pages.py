"""The status page: one function, one template, small enough to read in a breath."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.templating import Jinja2Templates

from syncd.core.access import Role, needs
from syncd.core.spoken import ago
from syncd.engine.health import Status
from syncd.store import Entry, Linked, Parked

_templates = Jinja2Templates(directory=Path(__file__).parent / "templates")
_templates.env.filters["ago"] = ago
_templates.env.filters["clock"] = lambda at: datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def pages(
    status: Callable[[], Status],
    outcomes: Callable[[], Sequence[Entry]],
    links: Callable[[], Sequence[Linked]],
    parked: Callable[[], Sequence[Parked]],
    version: str,
) -> APIRouter:
    """The console's routes over these questions."""
    router = APIRouter(include_in_schema=False)

    @router.get("/", response_class=HTMLResponse)
    @needs(Role.VIEWER)
    def overview(request: Request) -> Response:
        context = {
            "status": status(),
            "outcomes": outcomes(),
            "links": links(),
            "parked": parked(),
            "version": version,
        }
        return _templates.TemplateResponse(request, "overview.html", context)

    return router
