"""The OpenAPI document, and a page to read and try it (swagger-ui, whose files come from an installed package)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.templating import Jinja2Templates
from swagger_ui_bundle import swagger_ui_path  # type: ignore[import-untyped]  # it is one constant

from syncd.api.problems import MEDIA_TYPE, PROBLEM, ProblemError
from syncd.api.schemas import connection_schemas
from syncd.core.access import Open, Role, needs

_templates = Jinja2Templates(directory=Path(__file__).parent.parent / "templates")
_OWN = Path(__file__).parent.parent / "static"
_FILES = {
    "swagger-ui.css": Path(swagger_ui_path) / "swagger-ui.css",
    "swagger-ui-bundle.js": Path(swagger_ui_path) / "swagger-ui-bundle.js",
    "docs.js": _OWN / "docs.js",
}


def add_to(app: FastAPI) -> None:
    """/openapi.json, /docs and the files of the latter."""
    router = APIRouter(include_in_schema=False)

    @router.get("/openapi.json")
    @needs(Role.VIEWER)
    def document() -> Response:
        return JSONResponse(openapi_of(app))

    @router.get("/docs", response_class=HTMLResponse)
    @needs(Role.VIEWER)
    def page(request: Request) -> Response:
        return _templates.TemplateResponse(request, "docs.html", {"csrf": request.state.who.csrf})

    @router.get("/docs/{name}")
    @needs(Open("scripts and styles of an installed package"))
    def file(name: str) -> Response:
        if name not in _FILES:
            raise ProblemError(404, "there is no such file")
        return FileResponse(_FILES[name], headers={"Cache-Control": "public, max-age=86400"})

    app.include_router(router)


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """FastAPI's document, with the way in, and with our one shape of errors instead of its own."""
    if app.openapi_schema:
        return app.openapi_schema
    document = app.openapi()
    components = document.setdefault("components", {})
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"token": []}]
    schemas = components.setdefault("schemas", {})
    schemas.update(connection_schemas())
    for operations in document["paths"].values():
        for operation in operations.values():
            if "422" in operation["responses"]:
                operation["responses"]["422"]["content"] = {MEDIA_TYPE: {"schema": PROBLEM}}
            if (
                not operation.get("parameters")
                and "requestBody" not in operation
                and "401" not in operation["responses"]
            ):
                operation["responses"].pop("422", None)  # nothing is sent that could not fit
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    return document
