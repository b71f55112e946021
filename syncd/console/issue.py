"""One issue and its record, side by side: fields, notes and their fate, outcomes, what is waiting and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from syncd.api.guard import Who
from syncd.api.problems import ProblemError
from syncd.api.routes.sync import Wish, looked_for
from syncd.api.services import Services
from syncd.console.page import go, show, wanted
from syncd.core.access import Role, needs
from syncd.engine.circumstances import acts_of, standing, troubles
from syncd.engine.health import Status
from syncd.store import Entry
from syncd.store.insight import Insight

Key = Annotated[str, Path(max_length=255)]


@dataclass(frozen=True, slots=True)
class Column:
    """One field of the record: what was sent, and what the record then held; None where it is not shown to us."""

    name: str
    sent: str
    stored: str | None

    @property
    def differs(self) -> bool:
        return self.stored is not None and self.stored != self.sent


@dataclass(frozen=True, slots=True)
class Side:
    """The issue under one mapping."""

    insight: Insight
    issue_url: str | None
    record_url: str | None
    updated: datetime | None
    waiting: tuple[str, ...]
    trouble: tuple[str, ...]
    columns: tuple[Column, ...]


def add_to(router: APIRouter, services: Services) -> None:
    @router.get("/issues/{key}")
    @needs(Role.VIEWER)
    def issue(request: Request, key: Key) -> Response:
        found = services.store.insights.of(key)
        if not found:
            raise ProblemError(404, f"nothing is linked under {key!r}")
        status = services.status()
        return show(
            request,
            "issue.html",
            title=found[0].link.issue_key,
            sides=[_side(services, one, status) for one in found],
            outcomes=_outcomes(services, {one.link.issue_id for one in found}),
            live=True,
        )

    @router.post("/issues/{key}/sync")
    @needs(Role.OPERATOR)
    def sync(who: Who, key: Key) -> Response:
        looked_for(services, who, wanted(Wish, issue=key))
        return go(f"/issues/{quote(key, safe='')}", "asked")


def _side(services: Services, one: Insight, status: Status) -> Side:
    link, updated = one.link, one.issue_updated_ms
    return Side(
        insight=one,
        issue_url=services.issue_url(link.mapping, link.issue_key),
        record_url=services.record_url(link.mapping, link.record_id) if link.record_id else None,
        updated=None if updated is None else datetime.fromtimestamp(updated / 1000, UTC),
        waiting=tuple(standing(services.store, one, services.mapping(link.mapping), acts_of(services.store, one))),
        trouble=tuple(troubles(status, link.mapping)),
        columns=tuple(Column(name, one.sent.get(name, ""), stored) for name, stored in sorted(one.columns.items())),
    )


def _outcomes(services: Services, issue_ids: set[str]) -> list[Entry]:
    """Of all of them, the newest first."""
    entries = [entry for issue_id in sorted(issue_ids) for entry in services.store.journal.of(issue_id)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)
