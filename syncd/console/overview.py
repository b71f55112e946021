"""The first page: does it work, and if not, why; each mapping in numbers; what happened lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from syncd.api.services import Services
from syncd.console.charts import SPANS, charts, span_named
from syncd.console.page import show
from syncd.core.access import Role, needs
from syncd.engine.health import Status
from syncd.store import Counts, Cursor
from syncd.store.samples import Figure, History

LATEST = 12


@dataclass(frozen=True, slots=True)
class Row:
    """One mapping: how it stands, and the mean lag of the last hour, if anything was written."""

    count: Counts
    cursor: Cursor
    known: bool
    lag: float | None


@dataclass(frozen=True, slots=True)
class Calls:
    """The calls of one connection in the last hour."""

    connection: str
    calls: int
    failed: int


def add_to(router: APIRouter, services: Services) -> None:
    samples = services.store.samples

    @router.get("/")
    @needs(Role.VIEWER)
    def overview(request: Request, span: Annotated[str, Query(max_length=10)] = "hour") -> Response:
        chosen = span_named(span)
        hour = samples.history(SPANS[0].minutes, SPANS[0].step)
        history = hour if chosen is SPANS[0] else samples.history(chosen.minutes, chosen.step)
        now = services.status()
        return show(
            request,
            "overview.html",
            status=now,
            rows=list(_rows(now, hour, services.names)),
            calls=_calls(hour),
            charts=charts(history, chosen),
            span=chosen,
            spans=SPANS,
            outcomes=services.store.journal.newest(LATEST),
            live=True,
        )


def _rows(now: Status, hour: History, names: tuple[str, ...]) -> list[Row]:
    return [
        Row(count, cursor, count.mapping in names, _lag(hour, count.mapping))
        for count, cursor in zip(now.counts, now.cursors, strict=True)
    ]


def _lag(hour: History, mapping: str) -> float | None:
    applied = _sum(hour, Figure.APPLIED, mapping)
    return _sum(hour, Figure.LAG, mapping) / applied if applied else None


def _calls(hour: History) -> list[Calls]:
    return [
        Calls(name, round(_sum(hour, Figure.CALLS, name)), round(_sum(hour, Figure.FAILED, name)))
        for name in hour.subjects(Figure.CALLS)
    ]


def _sum(history: History, figure: Figure, subject: str) -> float:
    return sum(history.values.get((figure, subject), {}).values())
