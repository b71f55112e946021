"""The routes of the instance's APIs: from a method and a path to a handler and its name."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from syncd.sandbox.servicenow.exchange import Answer

Handler = Callable[..., Answer | Awaitable[Answer]]

TABLE_REST = "Table API"
OPEN = ""


@dataclass(frozen=True, slots=True)
class Route:
    """`resource` is what rate rules are about. The groups of `pattern` are the handler's arguments."""

    name: str
    pattern: re.Pattern[str]
    handlers: dict[str, Handler]
    resource: str
    any_accept: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A route that fits a call. `handler` is None where the method does not."""

    route: Route
    name: str
    handler: Handler | None
    arguments: dict[str, str]

    @property
    def table(self) -> str:
        return self.arguments.get("table", self.arguments.get("staging", ""))


class Router:
    def __init__(self) -> None:
        self._routes: list[Route] = []

    def add(
        self, pattern: str, resource: str, handlers: Mapping[str, tuple[str, Handler]], *, any_accept: bool = False
    ) -> None:
        """`pattern` has `{name}` for one path segment; `handlers` maps methods to a route name and a function."""
        expression = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern.replace("{version}", "(?P<version>v[12])"))
        for method, (name, handler) in handlers.items():
            self._routes.append(Route(name, re.compile(expression + "/?"), {method: handler}, resource, any_accept))

    def find(self, method: str, path: str) -> Found | None:
        """The route of this call; one without a handler if only the method is wrong; None if the path is unknown."""
        asked = "GET" if method == "HEAD" else method
        other: Found | None = None
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match is None:
                continue
            arguments = {name: value or "" for name, value in match.groupdict().items()}
            if asked in route.handlers:
                return Found(route, route.name, route.handlers[asked], arguments)
            other = Found(route, "method.refused", None, arguments)
        return other
