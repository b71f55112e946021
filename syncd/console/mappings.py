"""Mappings: how each stands and what it says; paused, resumed, listed now; a text checked before it becomes a file."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from syncd.api.guard import Who
from syncd.api.routes.mappings import MappingName, TextIn, known, paused
from syncd.api.routes.sync import Wish, looked_for
from syncd.api.services import Services
from syncd.console.page import Sent, go, show, text, wanted
from syncd.core.access import Role, needs
from syncd.mapping import Mapping


def add_to(router: APIRouter, services: Services) -> None:
    @router.get("/mappings")
    @needs(Role.VIEWER)
    def mappings(request: Request) -> Response:
        return show(request, "mappings.html", mappings=services.mappings, **_stand(services), live=True)

    @router.post("/mappings/validate")
    @needs(Role.OPERATOR)
    def validate(request: Request, form: Sent) -> Response:
        checked = wanted(TextIn, yaml=str(form.get("yaml", "")))
        problems = list(services.check_mapping(checked.yaml))
        return show(request, "check.html", yaml=checked.yaml, problems=problems, checked=True)

    @router.get("/mappings/check")
    @needs(Role.OPERATOR)
    def check(request: Request) -> Response:
        return show(request, "check.html", yaml="", problems=[], checked=False)

    @router.get("/mappings/of/{name}")
    @needs(Role.VIEWER)
    def mapping(request: Request, name: MappingName) -> Response:
        one = known(services, name)
        yaml = _text(one)
        problems = list(services.check_mapping(yaml)) if yaml is not None else []
        return show(request, "mapping.html", mapping=one, yaml=yaml, problems=problems, **_stand(services))

    @router.post("/mappings/of/{name}/pause")
    @needs(Role.OPERATOR)
    def pause(who: Who, name: MappingName, form: Sent) -> Response:
        paused(services, who, name, True)
        return go(_back(text(form, "back"), name), "paused")

    @router.post("/mappings/of/{name}/resume")
    @needs(Role.OPERATOR)
    def resume(who: Who, name: MappingName, form: Sent) -> Response:
        paused(services, who, name, False)
        return go(_back(text(form, "back"), name), "resumed")

    @router.post("/mappings/of/{name}/sync")
    @needs(Role.OPERATOR)
    def sync(who: Who, name: MappingName, form: Sent) -> Response:
        looked_for(services, who, wanted(Wish, mapping=name))
        return go(_back(text(form, "back"), name), "asked")


def _stand(services: Services) -> dict[str, Any]:
    now = services.status()
    return {
        "counts": {count.mapping: count for count in now.counts},
        "cursors": {cursor.mapping: cursor for cursor in now.cursors},
    }


def _text(mapping: Mapping) -> str | None:
    """The mapping's file as it is now; None if it cannot be read any more."""
    try:
        return FilePath(mapping.file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _back(where: str, name: str) -> str:
    if where in ("/", "/mappings"):
        return where
    return f"/mappings/of/{name}"
