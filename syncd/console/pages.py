"""The console: server-rendered pages over the same services as the API. One module and one template for each page.

They work without scripts; `static/console.js` makes them pleasanter. What a person may do here, the API does, too, by
the same functions and with the same row in the audit trail.
"""

from __future__ import annotations

from fastapi import APIRouter

from syncd.api.services import Services
from syncd.console import audit, backfills, files, issue, links, mappings, overview, parked, settings, tokens
from syncd.console.page import PageRoute

_MODULES = (overview, links, issue, parked, backfills, mappings, settings, tokens, audit)


def pages(services: Services) -> APIRouter:
    """The console's routes."""
    router = APIRouter(include_in_schema=False, route_class=PageRoute)
    for module in _MODULES:
        module.add_to(router, services)
    files.add_to(router)
    return router
