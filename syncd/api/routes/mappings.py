"""Mappings: what there is and how it stands; pausing, resuming; checking a text before it becomes a file."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from syncd.api.guard import Who
from syncd.api.paging import Listed
from syncd.api.problems import ProblemError, described
from syncd.api.services import Services
from syncd.core.access import Identity, Role, needs
from syncd.mapping import Mapping
from syncd.store import Counts, Cursor

MappingName = Annotated[str, Path(max_length=200)]


class MappingOut(BaseModel):
    """A mapping and how it stands. Times are epoch seconds."""

    name: str
    source: str = Field(description="the connection that issues come from")
    jql: str
    target: str = Field(description="the connection that records go to")
    table: str
    policy: str
    conflict: str
    columns: list[str] = Field(description="what it may write or must read")
    paused: bool
    last_attempt: float | None
    last_success: float | None
    error: str
    work_error: str
    linked: int
    due: int
    parked: int
    in_doubt: int


class TextIn(BaseModel):
    """A mapping as it would stand in its file. It may extend files of the folder of mappings."""

    model_config = ConfigDict(extra="forbid")

    yaml: str = Field(max_length=500_000)


class CheckedOut(BaseModel):
    """What is wrong with it."""

    valid: bool
    problems: list[str]


def routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/mappings", tags=["mappings"])

    def all_of_them() -> list[MappingOut]:
        now = services.status()
        counts = {count.mapping: count for count in now.counts}
        cursors = {cursor.mapping: cursor for cursor in now.cursors}
        return [_out(mapping, counts[mapping.name], cursors[mapping.name]) for mapping in services.mappings]

    def after(who: Who, name: str, pause: bool) -> MappingOut:
        paused(services, who, name, pause)
        return one(name)

    @router.get("", responses=described())
    @needs(Role.VIEWER)
    def list_() -> Listed[MappingOut]:
        """Every mapping of this process."""
        return Listed(items=all_of_them())

    @router.post("/validate", responses=described())
    @needs(Role.OPERATOR)
    def validate(text: TextIn) -> CheckedOut:
        """Check a text as `syncd check` checks a file. Nothing is kept."""
        problems = list(services.check_mapping(text.yaml))
        return CheckedOut(valid=not problems, problems=problems)

    @router.get("/{name}", responses=described())
    @needs(Role.VIEWER)
    def one(name: MappingName) -> MappingOut:
        """One mapping."""
        known(services, name)
        return next(found for found in all_of_them() if found.name == name)

    @router.post("/{name}/pause", responses=described())
    @needs(Role.OPERATOR)
    def pause(who: Who, name: MappingName) -> MappingOut:
        """Stop polling and writing for this mapping, in every process, until it is resumed."""
        return after(who, name, True)

    @router.post("/{name}/resume", responses=described())
    @needs(Role.OPERATOR)
    def resume(who: Who, name: MappingName) -> MappingOut:
        """Go on where it was paused."""
        return after(who, name, False)

    return router


def known(services: Services, name: str) -> Mapping:
    for mapping in services.mappings:
        if mapping.name == name:
            return mapping
    raise ProblemError(404, f"there is no mapping {name!r}; there are: {', '.join(services.names) or 'none'}")


def paused(services: Services, who: Identity, name: str, pause: bool) -> None:
    """Pause or resume a mapping, on the record."""
    known(services, name)
    services.store.audit.record(who.actor, "mapping.pause" if pause else "mapping.resume", name)
    services.store.cursors.pause(name, pause)


def _out(mapping: Mapping, count: Counts, cursor: Cursor) -> MappingOut:
    return MappingOut(
        name=mapping.name,
        source=mapping.source.connection,
        jql=mapping.source.jql,
        target=mapping.target.connection,
        table=mapping.target.table,
        policy=str(mapping.policy),
        conflict=str(mapping.conflict),
        columns=list(mapping.columns()),
        paused=cursor.paused,
        last_attempt=cursor.last_attempt,
        last_success=cursor.last_success,
        error=cursor.error,
        work_error=cursor.work_error,
        linked=count.linked,
        due=count.due,
        parked=count.parked,
        in_doubt=count.in_doubt,
    )
