"""Connections: what there is, changed, tested; and how each is used. No secret is ever on these pages."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from starlette.datastructures import FormData

from syncd.api.desk import ConnectionOut, Desk, Kind
from syncd.api.guard import Who
from syncd.api.problems import ProblemError, Wrong
from syncd.api.routes.connections import KINDS
from syncd.api.services import Services
from syncd.console.connection_form import NAMES, again, inputs, sent, ways
from syncd.console.page import Sent, go, really, show, sure, text
from syncd.core.access import Role, needs

PATTERN = r"^[a-z][a-z0-9_-]{0,62}$"
ConnectionName = Annotated[str, Path(pattern=PATTERN)]
Way = Annotated[str, Query(max_length=40)]


def add_to(router: APIRouter, services: Services) -> None:
    desk = Desk(services)

    def known(name: str) -> ConnectionOut:
        for one in desk.all():
            if one.name == name:
                return one
        raise ProblemError(404, f"there is no connection {name!r}")

    def form(request: Request, kind: Kind, way: str, out: ConnectionOut | None, **more: Any) -> Response:
        ways_known = ways(kind)
        settings = _kept(services, out)
        present = str((settings.get("auth") or {}).get("type", ""))
        chosen = next((one for one in (way, present) if one in ways_known), next(iter(ways_known)))
        fields = inputs(kind, chosen, settings, kept=out is not None)
        context: dict[str, Any] = {"fields": fields, "problems": [], "what": "", "code": 200, **more}
        return show(
            request, "connection_form.html", kind=kind, system=NAMES[kind], way=chosen, ways=ways_known, out=out,
            pattern=PATTERN, **context,
        )  # fmt: skip

    def refused(request: Request, kind: Kind, way: str, out: ConnectionOut | None, sent_: FormData,
                fields: list[Any], error: ProblemError) -> Response:  # fmt: skip
        shown, others = again(fields, sent_, error.problems)
        return form(
            request, kind, way, out, fields=shown, problems=others, what=str(error.detail), code=error.status_code,
            stamp_sent=text(sent_, "stamp"), name_sent=text(sent_, "name"),
        )  # fmt: skip

    @router.get("/settings")
    @needs(Role.VIEWER)
    def settings(request: Request) -> Response:
        return show(
            request, "settings.html", connections=desk.all(), kinds=NAMES, possible=services.connections.possible
        )

    @router.get("/settings/new")
    @needs(Role.ADMIN)
    def new(request: Request, kind: Annotated[Kind, Query()] = KINDS[0], way: Way = "") -> Response:
        return form(request, kind, way, None)

    @router.post("/settings/new")
    @needs(Role.ADMIN)
    def create(request: Request, who: Who, sent_: Sent) -> Response:
        kind, way = _kind(text(sent_, "kind")), text(sent_, "way")
        name = text(sent_, "name") or kind
        fields = inputs(kind, _way(kind, way), {}, kept=False)
        try:
            _check_name(name)
            desk.create(who, Response(), kind, name, sent(sent_, fields, way))
        except ProblemError as error:
            return refused(request, kind, way, None, sent_, fields, error)
        return go(f"/settings/of/{name}", "created")

    @router.get("/settings/of/{name}")
    @needs(Role.VIEWER)
    def connection(request: Request, name: ConnectionName) -> Response:
        return show(request, "connection.html", out=known(name), **_rows(known(name)))

    @router.get("/settings/of/{name}/edit")
    @needs(Role.ADMIN)
    def edit(request: Request, name: ConnectionName, way: Way = "") -> Response:
        out = _changeable(known(name))
        return form(request, out.type, way, out, stamp_sent=_stamp(desk, out))

    @router.post("/settings/of/{name}")
    @needs(Role.ADMIN)
    def change(request: Request, who: Who, name: ConnectionName, sent_: Sent) -> Response:
        out, way = _changeable(known(name)), text(sent_, "way")
        fields = inputs(out.type, _way(out.type, way), _kept(services, out), kept=True)
        try:
            desk.replace(who, Response(), out.type, name, sent(sent_, fields, way), text(sent_, "stamp"))
        except ProblemError as error:
            return refused(request, out.type, way, out, sent_, fields, error)
        return go(f"/settings/of/{name}", "changed")

    @router.post("/settings/of/{name}/test")
    @needs(Role.ADMIN)
    def test(request: Request, who: Who, name: ConnectionName) -> Response:
        out = known(name)
        found = desk.test(who, out.type, name, None)
        return show(request, "connection.html", out=out, found=found, **_rows(out))

    @router.post("/settings/of/{name}/delete")
    @needs(Role.ADMIN)
    def delete(request: Request, who: Who, name: ConnectionName, sent_: Sent) -> Response:
        out = _changeable(known(name))
        if not sure(sent_):
            question = f"Delete connection {name} and its secrets? They cannot be brought back."
            return really(request, sent_, question, "Delete", f"/settings/of/{name}")
        desk.delete(who, out.type, name, _stamp(desk, out))
        return go("/settings", "deleted")


def _kept(services: Services, out: ConnectionOut | None) -> dict[str, Any]:
    """The settings as they were given, without defaults and secrets."""
    if out is None:
        return {}
    return next((dict(one.settings) for one in services.connections.all() if one.name == out.name), {})


def _stamp(desk: Desk, out: ConnectionOut) -> str:
    answer = Response()
    desk.get(answer, out.type, out.name)
    return answer.headers["ETag"]


def _changeable(out: ConnectionOut) -> ConnectionOut:
    if out.read_only:
        raise ProblemError(409, f"connection {out.name!r} is in syncd.yaml: change it there and restart")
    return out


def _kind(word: str) -> Kind:
    for kind in KINDS:
        if kind == word:
            return kind
    raise ProblemError(422, "kind: it is jira or servicenow")


def _way(kind: Kind, word: str) -> str:
    if word not in ways(kind):
        raise ProblemError(422, f"{NAMES[kind]} is not signed in to in this way")
    return word


def _check_name(name: str) -> None:
    if not re.fullmatch(PATTERN, name):
        wrong = Wrong(place="body.name", problem="small letters, digits, _ and -; a letter first")
        raise ProblemError(422, "this cannot be its name", problems=[wrong])


def _plain(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}"
    return str(value)


def _rows(out: ConnectionOut) -> dict[str, Any]:
    """Its settings, one a row, groups by their path."""

    def flat(settings: dict[str, Any], place: str) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        for name, value in settings.items():
            if isinstance(value, dict):
                found += flat(value, f"{place}{name}.")
            elif value is not None:
                found.append((f"{place}{name}", _plain(value)))
        return found

    return {"settings": flat(out.settings, "")}
