"""Lists come in pages: `limit` and `offset`, with the address of the next page in the body and in `Link`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

T = TypeVar("T")

LONGEST = 500

NO_NULL = r"^[^\x00]*$"
"""The pattern of texts that a database is asked for: Postgres refuses null bytes."""

Limit = Annotated[int, Query(ge=1, le=LONGEST, description="how many at most")]
Offset = Annotated[int, Query(ge=0, le=2**31, description="how many to pass over")]


class Listed(BaseModel, Generic[T]):
    """One page."""

    items: list[T]
    next: str | None = Field(default=None, description="the address of the next page; null at the end")


def page(request: Request, response: Response, found: Sequence[T], limit: int, **onward: int) -> Listed[T]:
    """A page out of `limit` + 1 things that were asked for; `onward` is what leads to the next one."""
    following = None
    if len(found) > limit:
        address = request.url.include_query_params(limit=limit, **onward)
        following = f"{address.path}?{address.query}"
        response.headers["Link"] = f'<{following}>; rel="next"'
    return Listed(items=list(found[:limit]), next=following)
