"""Tokens: who may come in. A new one's text is on the page that makes it, and never again."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from syncd.api.guard import Who
from syncd.api.problems import ProblemError
from syncd.api.routes.backfills import Id
from syncd.api.routes.tokens import TokenIn
from syncd.api.services import Services
from syncd.console.page import Sent, go, really, show, sure, text, wanted
from syncd.console.paging import ROWS, Offset, pile
from syncd.core.access import Role, needs

DAYS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year", "": "until it is revoked"}


def add_to(router: APIRouter, services: Services) -> None:
    access = services.store.access

    def listed(request: Request, offset: int, **more: Any) -> Response:
        found = access.tokens(limit=ROWS + 1, offset=offset)
        return show(request, "tokens.html", tokens=pile(found, "/tokens", offset), roles=list(Role), days=DAYS, **more)

    @router.get("/tokens")
    @needs(Role.ADMIN)
    def tokens(request: Request, offset: Offset = 0) -> Response:
        return listed(request, offset)

    @router.post("/tokens")
    @needs(Role.ADMIN)
    def create(request: Request, who: Who, form: Sent) -> Response:
        asked = wanted(
            TokenIn,
            label=text(form, "label"),
            role=text(form, "role"),
            expires_in_days=text(form, "days") or None,
        )
        lasts = None if asked.expires_in_days is None else asked.expires_in_days * 86400
        token, secret = access.create_token(asked.label, asked.role, who.actor, lasts)
        return listed(request, 0, made=token, secret=secret)

    @router.post("/tokens/{id}/revoke")
    @needs(Role.ADMIN)
    def revoke(request: Request, who: Who, id: Id, form: Sent) -> Response:
        if not sure(form):
            mine = " It is the one that you are signed in with." if id == who.token_id else ""
            question = f"Revoke token {id}? It and every session that it began end at once.{mine}"
            return really(request, form, question, "Revoke", "/tokens")
        if access.revoke(id, who.actor) is None:
            raise ProblemError(404, f"there is no token {id}")
        return go("/tokens", "revoked")
