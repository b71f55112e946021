"""What machines ask: alive, ready, metrics."""

from __future__ import annotations

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from syncd.api.problems import described
from syncd.api.services import Services, Web
from syncd.core.access import Open, Role, needs

_MACHINES = Open("orchestrators ask it; it says no more than whether and why not")


def routes(services: Services, web: Web) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz", response_class=PlainTextResponse, responses={503: {"description": "it stands still"}})
    @needs(_MACHINES)
    async def healthz() -> Response:  # without a thread: those may all be busy, and that is no reason to be killed
        """200 while the process turns; 503 tells an orchestrator to restart it."""
        return PlainTextResponse("ok\n") if services.alive() else PlainTextResponse("the timers stand still\n", 503)

    @router.get("/readyz", responses={503: {"description": "not ready, and why"}})
    @needs(_MACHINES)
    def readyz() -> Response:
        """200 while the process does its work; 503 with every reason why not."""
        answer = services.ready()
        return JSONResponse(
            {"ready": answer.ready, "reasons": list(answer.reasons), "warnings": list(answer.warnings)},
            status_code=200 if answer.ready else 503,
        )

    @router.get("/metrics", response_class=PlainTextResponse, responses={} if web.open_metrics else described())
    @needs(Open("http.metrics is open") if web.open_metrics else Role.VIEWER)
    def metrics() -> Response:
        """For Prometheus. `http.metrics: token` makes it need a token."""
        return Response(services.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
