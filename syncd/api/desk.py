"""What can be done to connections through the API: look, make, change, take away, test. Knows nothing of HTTP's words.

What is wanted is checked by the settings' own models, and besides: no file of the server is named, no address is asked
that may not be, and a secret that is kept goes nowhere else than where it was given for.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

from fastapi import Response
from pydantic import BaseModel, Field, ValidationError

from syncd.api.problems import ProblemError, Wrong, wrongs
from syncd.api.services import Services
from syncd.core.access import Identity
from syncd.settings import Connection
from syncd.settings.stored import (
    KEPT,
    addresses,
    checked,
    files_named,
    joined,
    masked,
    parted,
    shown,
    with_kept,
    without_user,
)
from syncd.store.connections import GoneError, OutdatedError, Stored

Kind = Literal["servicenow", "jira"]


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

    def create(self, who: Identity, response: Response, kind: Kind, name: str, wanted: dict[str, Any]) -> ConnectionOut:
        self._refuse_file(name)
        connection = self._checked(kind, wanted)
        kept = self._store.create(name, kind, *parted(connection), who.actor)
        response.headers["ETag"] = etag(kept)
        response.headers["Location"] = f"/api/{kind}/config?name={name}"
        return self._out_kept(kept)

    def replace(
        self, who: Identity, response: Response, kind: Kind, name: str, wanted: dict[str, Any], if_match: str | None
    ) -> ConnectionOut:
        self._refuse_file(name)
        kept = self._expected(kind, name, if_match)
        connection = self._checked(kind, with_kept({"type": kind, **wanted}, kept.settings, kept.secrets))
        changed = self._change(lambda: self._store.replace(name, *parted(connection), kept.stamp, who.actor))
        response.headers["ETag"] = etag(changed)
        return self._out_kept(changed)

    def delete(self, who: Identity, kind: Kind, name: str, if_match: str | None) -> None:
        self._refuse_file(name)
        kept = self._expected(kind, name, if_match)
        users = self._used_by(name)
        if users:
            raise ProblemError(409, f"connection {name!r} is named by mapping {', '.join(users)}; change that first")
        self._change(lambda: self._store.delete(name, kept.stamp, who.actor))

    def test(self, who: Identity, kind: Kind, name: str, wanted: dict[str, Any] | None) -> TestOut:
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
        urls = [without_user(url) for url in addresses(connection)]
        self._services.store.audit.record(who.actor, "connection.test", name, {"urls": urls})
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
        self._refuse_masks(connection)
        self._refuse_addresses(connection)
        return connection

    def _refuse_masks(self, connection: Connection) -> None:
        """An answer that is sent back must not make its mask the secret."""
        what = f"`{KEPT}` stands for a secret that is kept, and there is none for these settings: give it"
        problems = [Wrong(place=f"body.{place}", problem=what) for place in masked(connection)]
        if problems:
            raise ProblemError(422, "these settings cannot be used; see `problems`", problems=problems)

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
