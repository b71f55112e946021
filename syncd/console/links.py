"""Which issue is which record: found by key, number or id."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from syncd.api.services import Services
from syncd.console.page import show
from syncd.console.paging import ROWS, Offset, OfMapping, Search, pile
from syncd.core.access import Role, needs


def add_to(router: APIRouter, services: Services) -> None:
    @router.get("/links")
    @needs(Role.VIEWER)
    def links(request: Request, search: Search = "", mapping: OfMapping = "", offset: Offset = 0) -> Response:
        search = search.strip()
        found = services.store.insights.links(search, mapping or None, ROWS + 1, offset)
        return show(
            request,
            "links.html",
            links=pile(found, "/links", offset, search=search, mapping=mapping),
            search=search,
            mapping=mapping,
            mappings=services.names,
        )
