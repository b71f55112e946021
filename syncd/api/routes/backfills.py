"""Backfills: started, stopped, and how far they are. A daemon runs them, behind live changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from syncd.api.guard import Who
from syncd.api.paging import NO_NULL, Limit, Listed, Offset, page
from syncd.api.problems import ProblemError, described
from syncd.api.services import Services
from syncd.core.access import Identity, Role, needs
from syncd.store.runs import Run

Id = Annotated[int, Path(ge=1, le=2**62)]


class BackfillIn(BaseModel):
    """A backfill to be run: every issue of a mapping, or those that match more."""

    model_config = ConfigDict(extra="forbid")

    mapping: str = Field(max_length=200)
    jql: str = Field(default="", max_length=5000, pattern=NO_NULL, description="only issues that match this too")
    since: AwareDatetime | None = Field(
        default=None, ge=datetime(1990, 1, 1, tzinfo=UTC), le=datetime(2200, 1, 1, tzinfo=UTC),
        description="only issues changed since",
    )  # fmt: skip


class BackfillOut(BaseModel):
    """One backfill."""

    id: int
    mapping: str
    query: str
    since: datetime | None
    reached: datetime | None = Field(description="Jira's time up to which issues were listed")
    listed: int = Field(description="how many issues were listed")
    state: str = Field(description="running: a daemon is at it or soon will be; command: by `syncd backfill`; "
                       "stopped; finished")  # fmt: skip
    error: str = Field(description="why it does not get on")
    started_at: float
    stopped_at: float | None
    finished_at: float | None

    @classmethod
    def of(cls, run: Run) -> BackfillOut:
        return cls(
            id=run.id,
            mapping=run.mapping,
            query=run.query,
            since=_moment(run.since_ms),
            reached=_moment(run.cursor_ms),
            listed=run.listed,
            state=state_of(run),
            error=run.error,
            started_at=run.started_at,
            stopped_at=run.stopped_at,
            finished_at=run.finished_at,
        )


def routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/backfills", tags=["backfills"])
    runs = services.store.runs

    @router.get("", responses=described())
    @needs(Role.VIEWER)
    def list_(request: Request, response: Response, limit: Limit = 50, offset: Offset = 0) -> Listed[BackfillOut]:
        """The newest first."""
        found = [BackfillOut.of(run) for run in runs.all(limit + 1, offset)]
        return page(request, response, found, limit, offset=offset + limit)

    @router.post("", status_code=202, responses=described(502))
    @needs(Role.OPERATOR)
    def start(who: Who, wanted: BackfillIn) -> BackfillOut:
        """Start one, or go on with the same one where it stopped."""
        return BackfillOut.of(started(services, who, wanted))

    @router.get("/{id}", responses=described())
    @needs(Role.VIEWER)
    def one(id: Id) -> BackfillOut:
        """One, and how far it is."""
        return BackfillOut.of(known(services, id))

    @router.post("/{id}/stop", responses=described(409))
    @needs(Role.OPERATOR)
    def stop(who: Who, id: Id) -> BackfillOut:
        """End it after the page in hand. Starting the same one again goes on from there."""
        return BackfillOut.of(stopped(services, who, id))

    return router


def started(services: Services, who: Identity, wanted: BackfillIn) -> Run:
    """Have it run, on the record."""
    found = [mapping for mapping in services.mappings if mapping.name == wanted.mapping]
    if not found:
        raise ProblemError(404, f"there is no mapping {wanted.mapping!r}")
    mapping = found[0]
    since_ms = None if wanted.since is None else int(wanted.since.timestamp() * 1000)
    query = services.query_of(mapping.name, wanted.jql)
    return services.store.runs.ask(mapping.name, query, since_ms, mapping.digest, wanted.jql, who.actor)


def known(services: Services, id: int) -> Run:
    run = services.store.runs.get(id)
    if run is None:
        raise ProblemError(404, f"there is no backfill {id}")
    return run


def stopped(services: Services, who: Identity, id: int) -> Run:
    """Have it end after the page in hand, on the record."""
    before = known(services, id)
    run = services.store.runs.stop(id, who.actor)
    if run is None:
        raise ProblemError(409, f"backfill {id} is {state_of(before)}; only one that a daemon runs can be stopped here")
    return run


def state_of(run: Run) -> str:
    if run.finished_at is not None:
        return "finished"
    if run.jql is None:
        return "command"
    return "running" if run.stopped_at is None else "stopped"


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
