"""A request as handlers see it, and the answers they give. Handlers are plain functions: nothing in them waits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.sandbox.jira.model import Json, User
from syncd.sandbox.jira.refusals import RefusalError, bad


@dataclass(slots=True)
class Call:
    """One request of one caller. Header names are in lower case; `base` is where `self` links must point."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    base: str
    site_base: str
    user: User | None = None
    version: int = 2
    params: Mapping[str, str] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        return next((value for key, value in self.query if key == name), default)

    def many(self, name: str) -> list[str]:
        """Repeated and comma-separated alike."""
        return [part.strip() for key, value in self.query if key == name for part in value.split(",") if part.strip()]

    def has(self, name: str) -> bool:
        return any(key == name for key, _ in self.query)

    def number(self, name: str, default: int) -> int:
        text = self.one(name)
        if not text:
            return default
        try:
            return int(text)
        except ValueError:
            raise RefusalError(
                404, body={"errorMessages": [f"'{text}' is no value for {name}"], "errors": {}}
            ) from None

    def flag(self, name: str, default: bool = False) -> bool:
        return self.one(name, str(default)).lower() == "true"

    def json(self) -> Json:
        """The body, which must say that it is JSON and be it (facts 7.11)."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise RefusalError(415, body={"message": "Unsupported Media Type", "status-code": 415})
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise bad("There was an error parsing JSON. Check that your request body is valid.") from error

    def object(self) -> dict[str, Json]:
        data = self.json()
        if not isinstance(data, dict):
            raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
        return data


@dataclass(slots=True)
class Reply:
    status: int
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)


def answer(data: Json, status: int = 200, **headers: str) -> Reply:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "surrogatepass")
    return Reply(status, body, "application/json;charset=UTF-8", {k.replace("_", "-"): v for k, v in headers.items()})


def paged(call: Call, rows: list[Json], most: int = 50) -> Reply:
    """A page of a list, in the shape that most lists have."""
    start, size = call.number("startAt", 0), min(call.number("maxResults", 50), most)
    shown = rows[start : start + size]
    body = {"maxResults": size, "startAt": start, "total": len(rows), "isLast": start + len(shown) >= len(rows)}
    return answer(body | {"values": shown})


def nothing(status: int = 204) -> Reply:
    return Reply(status)


def page(html: str, status: int = 200) -> Reply:
    return Reply(status, html.encode(), "text/html;charset=UTF-8")


def refused(refusal: RefusalError) -> Reply:
    html = refusal.html
    reply = answer(refusal.body, refusal.status) if html is None else page(html, refusal.status)
    reply.headers |= refusal.headers
    return reply
