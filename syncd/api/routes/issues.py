"""One issue: its links, its notes and their fate, what came of it last, and what is waiting and why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from syncd.api.problems import ProblemError, described
from syncd.api.routes.links import LinkOut
from syncd.api.services import Services
from syncd.core.access import Role, needs
from syncd.core.model import Note
from syncd.engine.circumstances import acts_of, standing, troubles
from syncd.engine.health import Status
from syncd.store import Entry
from syncd.store.insight import Insight


class NoteOut(BaseModel):
    """One note: `posted`, `intent` (sent, its fate is asked), or `omitted` (older than the link, left out)."""

    comment_id: str
    version: int = Field(description="1: the comment as first seen; 2: its first edit; ...")
    state: str
    vanished: bool = Field(description="it says that the comment was deleted")
    sent_at: float | None

    @classmethod
    def of(cls, note: Note) -> NoteOut:
        return cls(
            comment_id=note.comment_id, version=note.version, state=note.state.value,
            vanished=not note.digest, sent_at=note.sent_at or None,
        )  # fmt: skip


class OutcomeOut(BaseModel):
    """What came of it at one time."""

    at: float
    mapping: str
    result: str
    reason: str
    fields: list[str]
    record_number: str

    @classmethod
    def of(cls, entry: Entry) -> OutcomeOut:
        return cls(
            at=entry.at, mapping=entry.mapping, result=entry.result, reason=entry.reason, fields=list(entry.fields),
            record_number=entry.record_number,
        )  # fmt: skip


class LinkedOut(BaseModel):
    """The issue under one mapping."""

    link: LinkOut
    issue_url: str | None
    record_url: str | None
    site: str
    since: float = Field(description="when the link was made, epoch seconds")
    issue_updated: datetime | None = Field(description="Jira's time of the last change seen")
    waiting: list[str] = Field(description="what is waiting, or why nothing is written; empty when all is done")
    trouble: list[str] = Field(description="what keeps the whole mapping from its work; empty when nothing does")
    attempts: int
    error: str = Field(description="why it is parked, in the system's own words")
    columns: dict[str, str | None] = Field(description="what was last confirmed in the record")
    notes: list[NoteOut]


class IssueOut(BaseModel):
    """One issue."""

    links: list[LinkedOut]
    outcomes: list[OutcomeOut] = Field(description="the newest first")


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["links"])

    @router.get("/api/issues/{key}", responses=described())
    @needs(Role.VIEWER)
    def issue(
        key: Annotated[str, Path(max_length=255, description="issue key or id, record number or sys_id")],
    ) -> IssueOut:
        """Everything that is known about it."""
        found = services.store.insights.of(key)
        if not found:
            raise ProblemError(404, f"nothing is linked under {key!r}")
        entries, status = {}, services.status()
        for issue_id in {one.link.issue_id for one in found}:
            entries.update({(e.at, e.mapping, e.result, e.reason): e for e in services.store.journal.of(issue_id)})
        newest = sorted(entries.values(), key=lambda entry: entry.at, reverse=True)
        return IssueOut(
            links=[_linked(services, one, status) for one in found], outcomes=[OutcomeOut.of(entry) for entry in newest]
        )

    return router


def _linked(services: Services, one: Insight, status: Status) -> LinkedOut:
    link, updated = one.link, one.issue_updated_ms
    return LinkedOut(
        link=LinkOut.of(link),
        issue_url=services.issue_url(link.mapping, link.issue_key),
        record_url=services.record_url(link.mapping, link.record_id) if link.record_id else None,
        site=one.site,
        since=one.created_at,
        issue_updated=None if updated is None else datetime.fromtimestamp(updated / 1000, UTC),
        waiting=standing(services.store, one, services.mapping(link.mapping), acts_of(services.store, one)),
        trouble=troubles(status, link.mapping),
        attempts=one.attempts,
        error=one.error,
        columns=dict(one.columns),
        notes=[NoteOut.of(note) for note in one.notes],
    )
