"""Which function answers which request. Routes are found by the number of path segments, then by pattern."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from syncd.sandbox.jira.model import Flavour
from syncd.sandbox.jira.web.call import Call, Reply

if TYPE_CHECKING:
    from syncd.sandbox.jira.site import Site

Handler = Callable[["Site", Call], Reply]
BOTH = (Flavour.CLOUD, Flavour.DATACENTER)
CLOUD = (Flavour.CLOUD,)
DATACENTER = (Flavour.DATACENTER,)


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    pattern: str
    handler: Handler
    writes: bool = False

    @property
    def name(self) -> str:
        """What the counts call it."""
        return f"{self.method} {self.pattern}"


class Router:
    """`{v}` is an API version, `{name}` one segment, `{name:path}` the rest."""

    def __init__(self, flavour: Flavour) -> None:
        versions = "2|3|latest" if flavour is Flavour.CLOUD else "2|latest"
        self._flavour = flavour
        self._part = {"v": f"(?P<v>{versions})"}
        self._routes: dict[int, list[tuple[re.Pattern[str], Route]]] = {}

    def add(
        self, method: str, pattern: str, handler: Handler, flavours: tuple[Flavour, ...] = BOTH, *, writes: bool = False
    ) -> None:
        if self._flavour not in flavours:
            return
        parts = [self._segment(segment) for segment in pattern.split("/")]
        entry = (re.compile("/".join(parts)), Route(method, pattern, handler, writes))
        self._routes.setdefault(-1 if pattern.endswith(":path}") else pattern.count("/"), []).append(entry)

    def find(self, method: str, path: str) -> tuple[Route | None, Mapping[str, str], bool]:
        """The route and what its pattern caught; the last value says whether the path exists for another method."""
        other_method = False
        for entries in (self._routes.get(path.count("/"), ()), self._routes.get(-1, ())):
            for pattern, route in entries:
                found = pattern.fullmatch(path)
                if found is None:
                    continue
                if route.method == method:
                    return route, found.groupdict(), False
                other_method = True
        return None, {}, other_method

    def _segment(self, segment: str) -> str:
        if not (segment.startswith("{") and segment.endswith("}")):
            return re.escape(segment)
        name, _, kind = segment[1:-1].partition(":")
        if kind == "path":
            return f"(?P<{name}>.+)"
        return self._part.get(name, f"(?P<{name}>[^/]+)")
