"""Every route of the application, from the application itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.routing import iter_route_contexts

from syncd.core.access import Need, need_of


@dataclass(frozen=True)
class RouteSeen:
    method: str
    path: str
    need: Need | None

    @property
    def address(self) -> str:
        """An address that this route would answer."""
        return self.path.replace("{key}", "OPS-1").replace("{id}", "1").replace("{name}", "ops")


def routes_of(app: Any) -> Iterator[RouteSeen]:
    for context in iter_route_contexts(app.routes):
        assert context.path, "every route has an address"
        for method in sorted((context.methods or {"GET"}) - {"HEAD"}):
            yield RouteSeen(method, context.path, need_of(context.endpoint))
