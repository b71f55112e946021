"""The console's own style sheet and script. Their addresses carry a stamp of their content: browsers may keep them."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from syncd.api.problems import ProblemError
from syncd.core.access import Open, needs

_FOLDER = Path(__file__).parent / "static"
_KINDS = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}

STAMP = hashlib.sha256(b"".join((_FOLDER / name).read_bytes() for name in sorted(_KINDS))).hexdigest()[:12]


def add_to(router: APIRouter) -> None:
    @router.get("/console/{name}")
    @needs(Open("style and script of the console"))
    def file(name: str) -> Response:
        if name not in _KINDS:
            raise ProblemError(404, "there is no such file")
        kept = {"Cache-Control": "public, max-age=86400"}
        return FileResponse(_FOLDER / name, media_type=_KINDS[name], headers=kept)
