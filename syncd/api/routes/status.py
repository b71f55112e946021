"""How things stand."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from syncd.api.problems import described
from syncd.api.services import Services
from syncd.core.access import Role, needs
from syncd.engine.health import Status


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["status"])

    @router.get("/api/status", responses=described())
    @needs(Role.VIEWER)
    def status_now() -> dict[str, Any]:
        """What `syncd status --json` says."""
        return status_json(services.status())

    return router


def status_json(now: Status) -> dict[str, Any]:
    """The status as JSON values; the same document for the API and for `syncd status --json`."""
    cursors = {cursor.mapping: cursor for cursor in now.cursors}
    return {
        "ready": now.readiness.ready,
        "reasons": list(now.readiness.reasons),
        "warnings": list(now.readiness.warnings),
        "mappings": [{**asdict(counts), **asdict(cursors[counts.mapping])} for counts in now.counts],
    }
