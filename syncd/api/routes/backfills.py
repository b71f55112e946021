"""Backfills: which were begun, how far they are."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from syncd.api.paging import Limit, Listed, Offset, page
from syncd.api.problems import described
from syncd.api.services import Services
from syncd.core.access import Role, needs
from syncd.store.runs import Run


class BackfillOut(BaseModel):
    """One backfill."""

    id: int
    mapping: str
    query: str
    since: datetime | None
    reached: datetime | None = Field(description="Jira's time up to which issues were listed")
    listed: int
    started_at: float
    finished_at: float | None

    @classmethod
    def of(cls, run: Run) -> BackfillOut:
        return cls(
            id=run.id, mapping=run.mapping, query=run.query, since=_moment(run.since_ms),
            reached=_moment(run.cursor_ms), listed=run.listed, started_at=run.started_at, finished_at=run.finished_at,
        )  # fmt: skip


def routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/backfills", tags=["backfills"])

    @router.get("", responses=described())
    @needs(Role.VIEWER)
    def list_(request: Request, response: Response, limit: Limit = 50, offset: Offset = 0) -> Listed[BackfillOut]:
        """The newest first."""
        found = [BackfillOut.of(run) for run in services.store.runs.all(limit + 1, offset)]
        return page(request, response, found, limit, offset=offset + limit)

    return router


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
