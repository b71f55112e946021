"""The web application of one process: health for machines, metrics for Prometheus, status as JSON.

/healthz     alive: the timers turn
/readyz      ready: the database answers, the schema is right, every mapping has lately completed a cycle
/metrics     Prometheus
/api/status  what `syncd status --json` says
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.responses import JSONResponse, PlainTextResponse

from syncd.engine.health import Readiness, Status


def create_app(
    *,
    version: str,
    alive: Callable[[], bool],
    ready: Callable[[], Readiness],
    metrics: Callable[[], bytes],
    status: Callable[[], Status],
    pages: APIRouter,
) -> FastAPI:
    """The application over these questions; `pages` are the console's."""
    app = FastAPI(title="syncd", version=version, docs_url="/docs", redoc_url=None)

    @app.get("/healthz", response_class=PlainTextResponse, tags=["health"])
    def healthz() -> Response:
        """200 while the process turns; 503 tells an orchestrator to restart it."""
        return PlainTextResponse("ok\n") if alive() else PlainTextResponse("the timers stand still\n", 503)

    @app.get("/readyz", tags=["health"])
    def readyz() -> Response:
        """200 while the process does its work; 503 with every reason why not."""
        answer = ready()
        return JSONResponse(
            {"ready": answer.ready, "reasons": list(answer.reasons)}, status_code=200 if answer.ready else 503
        )

    @app.get("/metrics", response_class=PlainTextResponse, tags=["health"])
    def scrape() -> Response:
        return Response(metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")

    @app.get("/api/status", tags=["status"])
    def status_now() -> dict[str, Any]:
        return status_json(status())

    app.include_router(pages)
    return app


def status_json(now: Status) -> dict[str, Any]:
    """The status as JSON values; the same document for the API and for `syncd status --json`."""
    cursors = {cursor.mapping: cursor for cursor in now.cursors}
    return {
        "ready": now.readiness.ready,
        "reasons": list(now.readiness.reasons),
        "mappings": [{**asdict(counts), **asdict(cursors[counts.mapping])} for counts in now.counts],
    }
