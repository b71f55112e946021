"""The audit trail: who changed what; and whether it is whole."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from syncd.api.paging import Limit, Listed, page
from syncd.api.problems import ProblemError, described
from syncd.api.services import Services
from syncd.core.access import Role, needs
from syncd.store.audit import Trace, Verdict


class TraceOut(BaseModel):
    """One row of the trail."""

    number: int
    at: float = Field(description="epoch seconds, on the database's clock")
    actor: str
    role: str
    action: str
    subject: str
    detail: dict[str, Any]
    hash: str = Field(description="seals this row and all before it")

    @classmethod
    def of(cls, trace: Trace) -> TraceOut:
        return cls(
            number=trace.number, at=trace.at, actor=trace.actor, role=trace.role, action=trace.action,
            subject=trace.subject, detail=dict(trace.detail), hash=trace.hash,
        )  # fmt: skip


class VerdictOut(BaseModel):
    """What a verification found."""

    whole: bool
    number: int = Field(description="of the last row")
    hash: str = Field(description="of the last row; note it, and verify against it later")
    problems: list[str]


def routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/audit", tags=["audit"])
    trail = services.store.audit

    @router.get("", responses=described())
    @needs(Role.VIEWER)
    def list_(
        request: Request,
        response: Response,
        limit: Limit = 50,
        before: Annotated[int | None, Query(ge=1, le=2**62, description="only rows before this number")] = None,
        search: Annotated[str, Query(max_length=200, description="in actor, action or subject")] = "",
    ) -> Listed[TraceOut]:
        """The newest rows first."""
        found = [TraceOut.of(trace) for trace in trail.newest(limit + 1, before, search)]
        return page(request, response, found, limit, before=found[limit - 1].number if len(found) > limit else 0)

    @router.get("/verify", responses=described())
    @needs(Role.VIEWER)
    def verify(
        number: Annotated[int | None, Query(ge=0, le=2**62, description="of a row noted earlier")] = None,
        hash: Annotated[str, Query(max_length=64, description="of that row")] = "",
    ) -> VerdictOut:
        """Go through the whole chain: any row that was changed, removed or moved is found.

        One at a time, and the longer it takes, the longer until the next (429).
        """
        verdict = verified(services, number, hash)
        return VerdictOut(
            whole=not verdict.problems, number=verdict.number, hash=verdict.hash, problems=list(verdict.problems)
        )

    return router


def verified(services: Services, number: int | None, hash: str) -> Verdict:
    """Whether the trail is whole, and has the row that was noted; raises ProblemError."""
    if bool(number) != bool(hash):
        raise ProblemError(422, "give number and hash of a row noted earlier together, or neither")
    with services.verifying.turn():
        return services.store.audit.verify(number=number, hash=hash.lower())
