"""The audit trail: who changed what; and whether it is whole."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from syncd.api.routes.audit import verified
from syncd.api.services import Services
from syncd.console.page import show
from syncd.console.paging import ROWS, Search, pile
from syncd.core.access import Role, needs

Number = Annotated[int | None, Query(ge=1, le=2**62)]


def add_to(router: APIRouter, services: Services) -> None:
    trail = services.store.audit

    @router.get("/audit")
    @needs(Role.VIEWER)
    def audit(request: Request, search: Search = "", before: Number = None) -> Response:
        search = search.strip()
        found = trail.newest(ROWS + 1, before, search)
        rows = [(trace, json.dumps(trace.detail, ensure_ascii=False, sort_keys=True)) for trace in found[:ROWS]]
        older = pile(found, "/audit", 0, search=search)
        onward = f"{older.after.partition('offset=')[0]}before={found[ROWS - 1].number}" if older.after else ""
        return show(request, "audit.html", rows=rows, search=search, older=onward, before=before)

    @router.get("/audit/verify")
    @needs(Role.VIEWER)
    def verify(
        request: Request,
        number: Annotated[str, Query(max_length=20, pattern=r"^[0-9]*$")] = "",
        hash: Annotated[str, Query(max_length=64)] = "",
    ) -> Response:
        verdict = verified(services, int(number) if number else None, hash.strip())
        return show(request, "verify.html", verdict=verdict, number=number, hash=hash)
