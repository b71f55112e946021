"""Whether a request body has the form that a route wants. Nulls pass everywhere, as they do in Jira (facts 11.5)."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.sandbox.jira.model import Json
from syncd.sandbox.jira.refusals import RefusalError, bad

Kind = type | tuple[type, type]
"""A type, or (list, type of its items)."""


def checked(body: Mapping[str, Json], kinds: Mapping[str, Kind], *, closed: bool) -> None:
    """400 for a wrong type; for a key that is not listed too, where the route's schema is `closed`."""
    for name, value in body.items():
        kind = kinds.get(name)
        if kind is None:
            if closed:
                raise invalid()
        elif value is not None and not _fits(value, kind):
            raise invalid()


def invalid() -> RefusalError:
    return bad("Invalid request payload. Refer to the REST API documentation and try again.")


def _fits(value: Json, kind: Kind) -> bool:
    if isinstance(kind, tuple):
        return isinstance(value, list) and all(_fits(item, kind[1]) for item in value)
    if kind is int and isinstance(value, bool):
        return False
    return isinstance(value, kind)
