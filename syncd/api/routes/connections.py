"""The settings of Jira's and ServiceNow's connections: kept in the database, secrets sealed, changed without a restart.

Secrets go in and never come out: an answer says "set" in their place. A connection of syncd.yaml wins over a stored one
of its name and is read-only here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Header, Query, Response
from pydantic import BaseModel, Field, ValidationError

from syncd.api.guard import Who
from syncd.api.paging import Listed
from syncd.api.problems import ProblemError, Wrong, described, wrongs
from syncd.api.services import Services
from syncd.core.access import Role, needs
from syncd.settings import Connection
from syncd.settings.stored import addresses, checked, files_named, joined, parted, shown, with_kept
from syncd.store.connections import GoneError, OutdatedError, Stored

Kind = Literal["servicenow", "jira"]
KINDS: tuple[Kind, ...] = ("servicenow", "jira")

Name = Annotated[
    str | None, Query(pattern=r"^[a-z][a-z0-9_-]{0,62}$", description="of the connection; by default that of its type")
]
IfMatch = Annotated[str | None, Header(max_length=200, description="the ETag of what is to be changed")]
Sent = Annotated[dict[str, Any], Body()]


class ConnectionOut(BaseModel):
    """A connection, without its secrets."""

    name: str
    type: Kind
    source: Literal["file", "database"]
    read_only: bool = Field(description="it is in syncd.yaml: change it there, and restart")
    settings: dict[str, Any] = Field(description="with defaults; in the place of each secret, `set`")
    changed_at: float | None = Field(default=None, description="epoch seconds")
    used_by: list[str] = Field(default_factory=list, description="the mappings that name it")
    problem: str = Field(default="", description="why it cannot be used as it is")


class TestOut(BaseModel):
    """What a test found out."""

    ok: bool
    user: str = Field(description="who the system says we are")
    about: dict[str, Any]
    clock: float | None = Field(description="the system's clock, epoch seconds")
    clock_ahead: float | None = Field(description="how many seconds it is ahead of ours")
    problems: list[str]


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

    @add("POST", f"/api/{kind}/test", Role.ADMIN, 200, (), "Update", required=False)
    def test(who: Who, name: Name = None, wanted: Annotated[dict[str, Any] | None, Body()] = None) -> TestOut:
        """Sign in with the kept settings, or with these, and say what was found. Writes nothing to the other side."""
        return desk.test(who, kind, name or kind, wanted)


class Desk:
    """What the routes do. One for both types."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._store = services.connections

    def all(self) -> list[ConnectionOut]:
        ours = self._services.in_file
        kept = [self._out_kept(one) for one in self._store.all() if one.name not in ours]
        return [self._out_file(name, connection) for name, connection in sorted(ours.items())] + kept

    def get(self, response: Response, kind: Kind, name: str) -> ConnectionOut:
        own = self._services.in_file.get(name)
        if own is not None and own.type == kind:
            return self._out_file(name, own)
        kept = self._kept(kind, name)
        response.headers["ETag"] = etag(kept)
        return self._out_kept(kept)

    def create(self, who: Who, response: Response, kind: Kind, name: str, wanted: dict[str, Any]) -> ConnectionOut:
        self._refuse_file(name)
        connection = self._checked(kind, wanted)
        kept = self._store.create(name, kind, *parted(connection), who.actor)
        response.headers["ETag"] = etag(kept)
        response.headers["Location"] = f"/api/{kind}/config?name={name}"
        return self._out_kept(kept)

    def replace(
        self, who: Who, response: Response, kind: Kind, name: str, wanted: dict[str, Any], if_match: str | None
    ) -> ConnectionOut:
        self._refuse_file(name)
        kept = self._expected(kind, name, if_match)
        connection = self._checked(kind, with_kept({"type": kind, **wanted}, kept.settings, kept.secrets))
        changed = self._change(lambda: self._store.replace(name, *parted(connection), kept.stamp, who.actor))
        response.headers["ETag"] = etag(changed)
        return self._out_kept(changed)

    def delete(self, who: Who, kind: Kind, name: str, if_match: str | None) -> None:
        self._refuse_file(name)
        kept = self._expected(kind, name, if_match)
        users = self._used_by(name)
        if users:
            raise ProblemError(409, f"connection {name!r} is named by mapping {', '.join(users)}; change that first")
        self._change(lambda: self._store.delete(name, kept.stamp, who.actor))

    def test(self, who: Who, kind: Kind, name: str, wanted: dict[str, Any] | None) -> TestOut:
        own = self._services.in_file.get(name)
        in_use = wanted is None
        if wanted is not None:
            kept = self._store.get(name) if own is None else None
            whole = {"type": kind, **wanted}
            connection = self._checked(kind, whole if kept is None else with_kept(whole, kept.settings, kept.secrets))
        elif own is not None and own.type == kind:
            connection = own
        else:
            connection = self._usable(self._kept(kind, name))
            self._refuse_addresses(connection)
        self._services.store.audit.record(who.actor, "connection.test", name, {"urls": addresses(connection)})
        found = self._services.test(name, connection, in_use)
        ahead = None if found.clock is None else round(found.clock - time.time(), 1)
        return TestOut(
            ok=not found.problems, user=found.user, about=dict(found.about), clock=found.clock, clock_ahead=ahead,
            problems=list(found.problems),
        )  # fmt: skip

    # -- helpers -------------------------------------------------------------------------------------------------------

    def _kept(self, kind: Kind, name: str) -> Stored:
        kept = self._store.get(name)
        if kept is None or kept.type != kind:
            raise ProblemError(404, f"there is no connection {name!r} of type {kind}")
        return kept

    def _expected(self, kind: Kind, name: str, if_match: str | None) -> Stored:
        """The connection, if it is still the one that the caller has seen."""
        kept = self._kept(kind, name)
        if if_match is None:
            raise ProblemError(428, "say which state you change: If-Match with the ETag of GET")
        if if_match.strip() not in ("*", etag(kept)):
            raise ProblemError(412, "it was changed meanwhile; GET it again and repeat your change")
        return kept

    def _change(self, change: Callable[[], Any]) -> Any:
        try:
            return change()
        except (OutdatedError, GoneError) as error:
            raise ProblemError(412, str(error)) from error

    def _checked(self, kind: Kind, wanted: dict[str, Any]) -> Connection:
        """What somebody wants, as settings; or all that is wrong with it."""
        whole = {"type": kind, **wanted}
        problems = [
            Wrong(place=f"body.{place}", problem="a file of the server can only be named in syncd.yaml")
            for place in files_named(whole)
        ]
        if whole["type"] != kind:
            problems.append(Wrong(place="body.type", problem=f"at this address it is {kind}"))
        if "@" in str(whole.get("proxy") or ""):
            problems.append(Wrong(place="body.proxy", problem="a proxy with credentials can only be in syncd.yaml"))
        if problems:
            raise ProblemError(422, "these settings cannot be used; see `problems`", problems=problems)
        try:
            connection = checked(whole)
        except ValidationError as error:
            found = [{"loc": _place(one["loc"]), "msg": _words(one)} for one in error.errors(include_input=False)]
            raise ProblemError(
                422, "these settings cannot be used; see `problems`", problems=wrongs(found, above="body")
            ) from None  # the cause quotes what was sent
        self._refuse_addresses(connection)
        return connection

    def _refuse_addresses(self, connection: Connection) -> None:
        refused = self._services.refuse_address(connection)
        if refused:
            raise ProblemError(
                422, "an address of these settings may not be asked; see `problems`",
                problems=[Wrong(place="body", problem=sentence) for sentence in refused],
            )  # fmt: skip

    def _usable(self, kept: Stored) -> Connection:
        try:
            return joined(kept.settings, kept.secrets)
        except ValidationError:
            raise ProblemError(409, f"this version of syncd cannot use connection {kept.name!r}; PUT it anew") from None

    def _refuse_file(self, name: str) -> None:
        if name in self._services.in_file:
            raise ProblemError(
                409, f"connection {name!r} is in syncd.yaml, so it is read-only here: change it there and restart, or "
                "take it out there and make it here",
            )  # fmt: skip

    def _used_by(self, name: str) -> list[str]:
        return sorted(
            mapping.name
            for mapping in self._services.mappings
            if name in (mapping.source.connection, mapping.target.connection)
        )

    def _out_file(self, name: str, connection: Connection) -> ConnectionOut:
        return ConnectionOut(
            name=name, type=connection.type, source="file", read_only=True, settings=shown(connection),
            used_by=self._used_by(name),
        )  # fmt: skip

    def _out_kept(self, kept: Stored) -> ConnectionOut:
        whole = kept if kept.secrets else self._store.get(kept.name) or kept
        try:
            settings, problem = shown(joined(whole.settings, whole.secrets)), ""
        except ValidationError:
            settings, problem = dict(kept.settings), "this version of syncd cannot use these settings; PUT them anew"
        return ConnectionOut(
            name=kept.name,
            type="jira" if kept.type == "jira" else "servicenow",
            source="database",
            read_only=False,
            settings=settings,
            changed_at=kept.changed_at,
            used_by=self._used_by(kept.name),
            problem=problem,
        )


def etag(kept: Stored) -> str:
    return f'"{kept.version}-{kept.changed_at!r}"'


def _place(location: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Without the names of variants, which pydantic puts in: (jira, auth, basic, password)."""
    return tuple(
        part for index, part in enumerate(location) if index != 0 and not (index == 2 and location[1] == "auth")
    )


def _words(problem: Any) -> str:
    match problem["type"]:
        case "extra_forbidden":
            return "there is no such setting"
        case "missing":
            return "is missing; a secret that is kept has to be given again when its address or type changes"
        case "union_tag_invalid":
            return f"there is no such type; there are: {problem['ctx']['expected_tags']}"
        case "union_tag_not_found":
            return "type is missing"
    return str(problem["msg"])
