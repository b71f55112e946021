"""Issues that were set aside after a failure: listed, tried again, dropped."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from syncd.api.guard import Who
from syncd.api.paging import NO_NULL, Limit, Listed, Offset, page
from syncd.api.problems import described
from syncd.api.services import Services
from syncd.core.access import Identity, Role, needs
from syncd.store import Parked

Key = Annotated[str, Field(min_length=1, max_length=255, pattern=NO_NULL)]


class ParkedOut(BaseModel):
    """A parked issue. `retry_in` is negative when it is overdue."""

    mapping: str
    issue_id: str
    issue_key: str
    record_number: str
    cause: str
    error: str
    attempts: int
    failing_for: float = Field(description="seconds")
    retry_in: float = Field(description="seconds")

    @classmethod
    def of(cls, parked: Parked) -> ParkedOut:
        return cls(**{name: getattr(parked, name) for name in cls.model_fields})


class Chosen(BaseModel):
    """Which parked issues: these, or all (of a mapping)."""

    model_config = ConfigDict(extra="forbid")

    issues: list[Key] = Field(default_factory=list, max_length=1000, description="keys or ids")
    all: bool = False
    mapping: Annotated[str, Field(max_length=200, pattern=NO_NULL)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Chosen:
        if bool(self.issues) == self.all:
            raise ValueError("name the issues, or say all: true")
        return self


class DoneOut(BaseModel):
    """What it came to."""

    issues: list[str] = Field(description="the keys that it was done to")
    not_parked: list[str] = Field(description="what was named and is not parked, or is in hand just now")


def routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/parked", tags=["parked"])
    store = services.store

    @router.get("", responses=described())
    @needs(Role.VIEWER)
    def list_(
        request: Request,
        response: Response,
        mapping: Annotated[str | None, Query(max_length=200)] = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Listed[ParkedOut]:
        """What has failed longest first."""
        found = store.reports.parked(mapping, limit + 1, offset)
        return page(request, response, [ParkedOut.of(one) for one in found], limit, offset=offset + limit)

    @router.post("/retry", responses=described())
    @needs(Role.OPERATOR)
    def retry(who: Who, chosen: Chosen) -> DoneOut:
        """Try them at once instead of at their next time."""
        return retried(services, who, chosen)

    @router.post("/drop", responses=described())
    @needs(Role.OPERATOR)
    def drop(who: Who, chosen: Chosen) -> DoneOut:
        """Stop trying them until they change again in Jira; an issue without a record is forgotten."""
        return dropped(services, who, chosen)

    return router


def retried(services: Services, who: Identity, chosen: Chosen) -> DoneOut:
    """Make them due now, on the record."""
    services.store.audit.record(who.actor, "parked.retry", _subject(chosen), chosen.model_dump())
    return _done(chosen, services.store.reports.retry(chosen.issues, chosen.mapping))


def dropped(services: Services, who: Identity, chosen: Chosen) -> DoneOut:
    """Have them left alone until they change, on the record."""
    services.store.audit.record(who.actor, "parked.drop", _subject(chosen), chosen.model_dump())
    return _done(chosen, services.store.reports.drop(chosen.issues, chosen.mapping))


def _subject(chosen: Chosen) -> str:
    return "all" if chosen.all else ", ".join(chosen.issues)


def _done(chosen: Chosen, keys: list[str]) -> DoneOut:
    return DoneOut(issues=keys, not_parked=sorted(set(chosen.issues) - set(keys)))
