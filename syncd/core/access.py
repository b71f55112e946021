"""Who may do what: roles, who is asking, and the mark by which a route says which role it needs. Checks nobody.

| role     | may                                                        |
|----------|------------------------------------------------------------|
| viewer   | look                                                       |
| operator | also retry, drop, pause, resume, sync, backfill            |
| admin    | also change connections and tokens                         |

A route without a mark is refused to everybody, so that a forgotten one is noticed before it is abused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_MARK = "__syncd_needs__"


class Role(StrEnum):
    """What a token may do. Each role includes the ones before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        return _ORDER.index(self) >= _ORDER.index(other)


_ORDER = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, for the audit trail: a token's label, or the user of a shell."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking. `csrf` is what a form of a signed-in session must carry; "" for a token on the request itself."""

    token_id: int
    label: str
    role: Role
    csrf: str = field(default="", repr=False)

    @property
    def actor(self) -> Actor:
        return Actor(f"{self.label} (token {self.token_id})", self.role.value)


@dataclass(frozen=True, slots=True)
class Open:
    """This route is open to everybody; `why` is for the reader and for the list of routes."""

    why: str


Need = Role | Open


def needs(need: Need) -> Callable[[F], F]:
    """Mark a route with the role that it needs: `@needs(Role.OPERATOR)`, below the route's own decorator."""

    def mark(endpoint: F) -> F:
        setattr(endpoint, _MARK, need)
        return endpoint

    return mark


def need_of(endpoint: object) -> Need | None:
    """What a route needs; None if it says nothing."""
    need = getattr(endpoint, _MARK, None)
    assert need is None or isinstance(need, Role | Open), "only `needs` sets the mark"
    return need
