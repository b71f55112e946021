"""The settings of Jira's and ServiceNow's connections: kept in the database, secrets sealed, changed without a restart.

Secrets go in and never come out: an answer says "set" in their place. A connection of syncd.yaml wins over a stored one
of its name and is read-only here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response
from pydantic import AfterValidator

from syncd.api.desk import ConnectionOut, Desk, Kind, TestOut
from syncd.api.guard import Who
from syncd.api.paging import Listed
from syncd.api.problems import described
from syncd.api.services import Services
from syncd.core.access import Role, needs

KINDS: tuple[Kind, ...] = ("servicenow", "jira")

Name = Annotated[
    str | None, Query(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="of the connection; by default that of its type")
]
IfMatch = Annotated[str | None, Header(max_length=200, description="the ETag of what is to be changed")]
DEEPEST = 8
"""Deeper than any settings; what goes down a body may count on it."""


def _shallow(sent: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [sent]
    for _ in range(DEEPEST):
        level = [inner for one in level if isinstance(one, dict) for inner in one.values()]
        level += [inner for one in level if isinstance(one, list) for inner in one]
    if any(isinstance(one, dict | list) for one in level):
        raise ValueError("is nested too deeply")
    return sent


Settings = Annotated[dict[str, Any], AfterValidator(_shallow)]
Sent = Annotated[Settings, Body()]


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["connections"])
    desk = Desk(services)

    @router.get("/api/connections", responses=described())
    @needs(Role.VIEWER)
    def list_() -> Listed[ConnectionOut]:
        """All of them, those of syncd.yaml first."""
        return Listed(items=desk.all())

    for kind in KINDS:
        _add_kind(router, desk, kind)
    return router


def _add_kind(router: APIRouter, desk: Desk, kind: Kind) -> None:
    path, model = f"/api/{kind}/config", kind.capitalize()

    def add(method: str, address: str, role: Role, status: int = 200, more: tuple[int, ...] = (), schema: str = "",
            required: bool = True) -> Callable[[Callable[..., Any]], Callable[..., Any]]:  # fmt: skip
        body = {
            "requestBody": {
                "required": required,
                "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}{schema}"}}},
            }
        }

        def added(endpoint: Callable[..., Any]) -> Callable[..., Any]:
            router.add_api_route(
                address, needs(role)(endpoint), methods=[method], status_code=status, responses=described(*more),
                name=f"{method.lower()} {address}", openapi_extra=body if schema else None,
                operation_id=f"{method.lower()}_{address.strip('/').replace('/', '_')}",
            )  # fmt: skip
            return endpoint

        return added

    @add("GET", path, Role.VIEWER)
    def get(response: Response, name: Name = None) -> ConnectionOut:
        """One connection, without its secrets. The ETag is for changing it."""
        return desk.get(response, kind, name or kind)

    @add("POST", path, Role.ADMIN, 201, (409,), "Create")
    def create(who: Who, response: Response, wanted: Sent, name: Name = None) -> ConnectionOut:
        """Make a connection; it is used at once by the mappings that name it."""
        return desk.create(who, response, kind, name or kind, wanted)

    @add("PUT", path, Role.ADMIN, 200, (409, 412, 428), "Update")
    def replace(
        who: Who, response: Response, wanted: Sent, name: Name = None, if_match: IfMatch = None
    ) -> ConnectionOut:
        """Change a connection, in every process and without a restart.

        A secret that is not given stays, unless the address, the proxy or the way of signing in changes.
        """
        return desk.replace(who, response, kind, name or kind, wanted, if_match)

    @add("DELETE", path, Role.ADMIN, 204, (409, 412, 428))
    def delete(who: Who, name: Name = None, if_match: IfMatch = None) -> None:
        """Forget a connection and its secrets. Refused while a mapping names it."""
        desk.delete(who, kind, name or kind, if_match)

    @add("POST", f"/api/{kind}/test", Role.ADMIN, 200, (409,), "Update", required=False)
    def test(who: Who, name: Name = None, wanted: Annotated[Settings | None, Body()] = None) -> TestOut:
        """Sign in with the kept settings, or with these, and say what was found. Writes nothing to the other side."""
        return desk.test(who, kind, name or kind, wanted)
