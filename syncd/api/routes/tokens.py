"""Tokens: made, listed, revoked. Their text is shown once, in the answer that makes them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from syncd.api.guard import Who
from syncd.api.paging import Limit, Listed, Offset, page
from syncd.api.problems import ProblemError, described
from syncd.api.services import Services
from syncd.core.access import Role, needs
from syncd.store.access import Token

PLAIN = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+$"
"""No sign that moves others about: the trail says who did something, and must not read otherwise than it is."""


class TokenIn(BaseModel):
    """A token to be made."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(min_length=1, max_length=100, pattern=PLAIN, description="whose it is")
    role: Role
    expires_in_days: float | None = Field(default=None, gt=0, le=3650, description="null: it does not expire")


class TokenOut(BaseModel):
    """What is known of a token. Times are epoch seconds."""

    id: int
    label: str
    role: Role
    created_at: float
    expires_at: float | None
    last_used_at: float | None
    revoked_at: float | None
    usable: bool

    @classmethod
    def of(cls, token: Token) -> TokenOut:
        return cls(**{name: getattr(token, name) for name in cls.model_fields})


class NewTokenOut(BaseModel):
    """A token that was just made."""

    token: str = Field(description="keep it; it is never shown again")
    about: TokenOut


def routes(services: Services) -> APIRouter:
    router = APIRouter(prefix="/api/tokens", tags=["tokens"])
    access = services.store.access

    @router.get("", responses=described())
    @needs(Role.ADMIN)
    def list_(request: Request, response: Response, limit: Limit = 100, offset: Offset = 0) -> Listed[TokenOut]:
        """The newest first."""
        found = [TokenOut.of(token) for token in access.tokens(limit=limit + 1, offset=offset)]
        return page(request, response, found, limit, offset=offset + limit)

    @router.post("", status_code=201, responses=described())
    @needs(Role.ADMIN)
    def create(who: Who, wanted: TokenIn) -> NewTokenOut:
        """Make one."""
        expires_in = None if wanted.expires_in_days is None else wanted.expires_in_days * 86400
        token, text = access.create_token(wanted.label, wanted.role, who.actor, expires_in)
        return NewTokenOut(token=text, about=TokenOut.of(token))

    @router.delete("/{id}", responses=described())
    @needs(Role.ADMIN)
    def revoke(who: Who, id: Annotated[int, Path(ge=1, le=2**62)]) -> TokenOut:
        """End it and every session that it began, at once."""
        token = access.revoke(id, who.actor)
        if token is None:
            raise ProblemError(404, f"there is no token {id}")
        return TokenOut.of(token)

    return router
