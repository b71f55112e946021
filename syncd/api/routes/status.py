"""How things stand."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from syncd.api.problems import described
from syncd.api.services import Services
from syncd.core.access import Role, needs
from syncd.engine.health import status_json


def routes(services: Services) -> APIRouter:
    router = APIRouter(tags=["status"])

    @router.get("/api/status", responses=described())
    @needs(Role.VIEWER)
    def status_now() -> dict[str, Any]:
        """What `syncd status --json` says."""
        return status_json(services.status())

    return router
