"""A request and an answer as values, so that a batch can make calls of its own and faults can spoil answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from syncd.sandbox.servicenow.access import SYSTEM, User
from syncd.sandbox.servicenow.problems import Problem

JSON = "application/json;charset=UTF-8"
XML = "application/xml;charset=UTF-8"
HTML = "text/html;charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Effects:
    """What a fault does inside the processing of a call; the plain value does nothing."""

    garble_emoji: str = ""
    newlines: str = ""
    aborted_by: str = ""
    hide_share: float = 0.0
    """Which part of a list's rows an access rule takes away after the limit was applied."""
    unserviced: int = 0
    """How many items of a batch are left undone."""


NO_EFFECTS = Effects()


@dataclass(frozen=True, slots=True)
class Call:
    """One API call. Header names are in lower case, `params` has the last of equal names."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    user: User = SYSTEM
    base_url: str = ""
    effects: Effects = NO_EFFECTS
    scoped: bool = False
    url_length: int = 0
    """As it came over the wire, percent signs and all; 0 for an item of a batch, whose URL may have any length."""

    def param(self, name: str, default: str = "") -> str:
        return self.params.get(name, default)

    def flag(self, name: str) -> bool:
        """Clients write booleans as true, True, 1 (facts 1.43)."""
        return self.params.get(name, "").strip().lower() in ("true", "1")

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @property
    def wants_xml(self) -> bool:
        accept = self.header("accept").lower()
        return "xml" in accept and "json" not in accept and "html" not in accept

    @staticmethod
    def to(method: str, url: str, **parts: Any) -> Call:
        """A call to a path with a query string."""
        split = urlsplit(url)
        return Call(method, split.path, dict(parse_qsl(split.query, keep_blank_values=True)), **parts)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back. `body` is ready to send."""

    status: int
    body: bytes = b""
    media_type: str = JSON
    headers: tuple[tuple[str, str], ...] = ()

    def with_headers(self, *headers: tuple[str, str]) -> Answer:
        return replace(self, headers=(*self.headers, *headers))


def answer_json(document: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    return Answer(status, json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), JSON, headers)


def answer(call: Call, document: Any, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """The document as JSON, or as XML where that is asked for."""
    if not call.wants_xml:
        return answer_json(document, status, *headers)
    root = Element("response")
    _fill(root, document)
    return Answer(status, b'<?xml version="1.0" encoding="UTF-8"?>' + tostring(root), XML, headers)


def refusal(call: Call, problem: Problem, *, detail_null: bool = False) -> Answer:
    """A problem in the error envelope of all APIs (facts 1.10)."""
    detail = None if detail_null else problem.detail
    body = {"error": {"message": problem.message, "detail": detail}, "status": "failure"}
    return answer(call, body, problem.status, *problem.headers)


def html(status: int, title: str, text: str) -> Answer:
    page = f"<html><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>"
    return Answer(status, page.encode(), HTML)


def _fill(parent: Element, document: Any) -> None:
    match document:
        case dict():
            for name, value in document.items():
                for part in value if isinstance(value, list) else [value]:
                    _fill(SubElement(parent, name), part)
        case None:
            parent.text = ""
        case bool():
            parent.text = str(document).lower()
        case _:
            parent.text = str(document)
