"""Look now: at one issue, or at all that changed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from syncd.api.guard import Who
from syncd.api.problems import ProblemError, described
from syncd.api.services import Services
from syncd.core.access import Identity, Role, needs
from syncd.errors import UserError


class Wish(BaseModel):
    """What to look at: an issue, or what changed; of one mapping, or of all."""

    model_config = ConfigDict(extra="forbid")

    mapping: Annotated[str, Field(max_length=200)] | None = None
    issue: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*-[0-9]+$", max_length=255)] | None = Field(
        default=None, description="an issue key"
    )


class QueuedOut(BaseModel):
    """Which mappings will look. The work is done behind it; /api/issues/{key} tells what came of it."""

    mappings: list[str]


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["sync"])

    @router.post("/api/sync", status_code=202, responses=described(502))
    @needs(Role.OPERATOR)
    def sync(who: Who, wish: Wish) -> QueuedOut:
        """Look now instead of at the next poll. An issue that nobody has heard of is asked of Jira first."""
        return looked_for(services, who, wish)

    return router


def looked_for(services: Services, who: Identity, wish: Wish) -> QueuedOut:
    """Have it looked at, on the record. Raises ProblemError if nobody can."""
    names = services.names if wish.mapping is None else (wish.mapping,)
    if wish.mapping is not None and wish.mapping not in services.names:
        raise ProblemError(404, f"there is no mapping {wish.mapping!r}")
    services.store.audit.record(who.actor, "sync", wish.issue or wish.mapping or "all", wish.model_dump())
    if wish.issue is None:
        for name in names:
            services.poll_soon(name)
        return QueuedOut(mappings=list(names))
    queued, refused = [], []
    for name in names:
        try:
            services.want(name, wish.issue)
            queued.append(name)
        except UserError as error:
            refused.append(str(error))
    if not queued:
        raise ProblemError(422, "; ".join(refused) or "there is no mapping")
    return QueuedOut(mappings=queued)
