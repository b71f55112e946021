"""Backfills: started, how far they are, stopped."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import Response

from syncd.api.guard import Who
from syncd.api.problems import ProblemError
from syncd.api.routes.backfills import BackfillIn, BackfillOut, Id, known, started, stopped
from syncd.api.services import Services
from syncd.console.page import Sent, go, really, show, sure, text, wanted
from syncd.console.paging import ROWS, Offset, pile
from syncd.core.access import Role, needs


def add_to(router: APIRouter, services: Services) -> None:
    runs = services.store.runs

    @router.get("/backfills")
    @needs(Role.VIEWER)
    def backfills(request: Request, offset: Offset = 0) -> Response:
        found = [BackfillOut.of(run) for run in runs.all(ROWS + 1, offset)]
        return show(
            request, "backfills.html", runs=pile(found, "/backfills", offset), mappings=services.mappings, live=True
        )

    @router.post("/backfills")
    @needs(Role.OPERATOR)
    def start(who: Who, form: Sent) -> Response:
        since = _since(text(form, "since"))
        run = started(
            services, who, wanted(BackfillIn, mapping=text(form, "mapping"), jql=text(form, "jql"), since=since)
        )
        return go(f"/backfills/{run.id}", "backfill")

    @router.get("/backfills/{id}")
    @needs(Role.VIEWER)
    def backfill(request: Request, id: Id) -> Response:
        run = known(services, id)
        counts = {count.mapping: count for count in services.status().counts}
        return show(request, "backfill.html", run=BackfillOut.of(run), count=counts.get(run.mapping), live=True)

    @router.post("/backfills/{id}/stop")
    @needs(Role.OPERATOR)
    def stop(request: Request, who: Who, id: Id, form: Sent) -> Response:
        run = known(services, id)
        if not sure(form):
            question = f"Stop the backfill of {run.mapping}? Starting the same one again goes on where it stopped."
            return really(request, form, question, "Stop", f"/backfills/{id}")
        stopped(services, who, id)
        return go(f"/backfills/{id}", "stopped")


def _since(words: str) -> datetime | None:
    """A day or a moment, in UTC."""
    if not words:
        return None
    try:
        moment = datetime.fromisoformat(words)
    except ValueError:
        raise ProblemError(422, "since: give a day (2026-01-31) or a moment in UTC (2026-01-31T08:00)") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
