"""Which issue is which record."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from syncd.api.paging import Limit, Listed, Offset, page
from syncd.api.problems import described
from syncd.api.services import Services
from syncd.core.access import Role, needs
from syncd.store import Linked


class LinkOut(BaseModel):
    """One link. Empty texts: there is no record yet."""

    mapping: str
    issue_id: str
    issue_key: str
    record_id: str
    record_number: str
    applied_at: float | None = Field(description="epoch seconds of the last confirmed write")
    cause: str = Field(description="why it is parked; empty while it is not")

    @classmethod
    def of(cls, link: Linked) -> LinkOut:
        return cls(**{name: getattr(link, name) for name in cls.model_fields})


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["links"])

    @router.get("/api/links", responses=described())
    @needs(Role.VIEWER)
    def list_(
        request: Request,
        response: Response,
        search: Annotated[
            str, Query(max_length=200, description="how an issue key or record number begins, or a whole id")
        ] = "",
        mapping: Annotated[str | None, Query(max_length=200)] = None,
        limit: Limit = 100,
        offset: Offset = 0,
    ) -> Listed[LinkOut]:
        """The last applied first."""
        found = services.store.insights.links(search, mapping, limit + 1, offset)
        return page(request, response, [LinkOut.of(link) for link in found], limit, offset=offset + limit)

    return router
