"""Reads request bodies: leniently, as the real one does (facts 1.4, 1.5), but with its limits (facts 1.6, 1.26)."""

from __future__ import annotations

import ast
import json
from typing import Any
from xml.etree.ElementTree import Element, ParseError, fromstring

from syncd.sandbox.servicenow.exchange import Call
from syncd.sandbox.servicenow.problems import payload_too_large, unreadable_payload, wrong_media_type

_JSON_TYPES = ("", "application/json", "text/json", "application/vnd.api+json")
_XML_TYPES = ("application/xml", "text/xml")


def read_object(call: Call, limit: int) -> dict[str, Any]:
    """The one record in the body; of several only the first counts, and an empty body is an empty record."""
    document = read_document(call, limit)
    if isinstance(document, list):
        document = document[0] if document else {}
    if isinstance(document, dict):
        return document
    raise unreadable_payload("The payload is not a JSON object")


def read_document(call: Call, limit: int) -> Any:
    """The whole body."""
    if len(call.body) > limit:
        raise payload_too_large(len(call.body), limit)
    kind = call.header("content-type").partition(";")[0].strip().lower()
    if kind in _XML_TYPES:
        return _from_xml(call.body)
    if kind not in _JSON_TYPES:
        raise wrong_media_type()
    if not call.body.strip():
        return {}
    text = call.body.decode("utf-8", "replace").lstrip("\ufeff")
    try:
        return json.loads(text, strict=False)
    except json.JSONDecodeError as error:
        return _lenient(text, error)


def _lenient(text: str, error: json.JSONDecodeError) -> Any:
    """The documentation itself sends single-quoted JSON, and it works."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise unreadable_payload(f"The payload is not valid JSON: {error.msg}") from None


def _from_xml(body: bytes) -> Any:
    if b"<!" in body:
        raise unreadable_payload("The payload must not have a document type")
    try:
        root = fromstring(body)
    except ParseError:
        raise unreadable_payload("The payload is not valid XML") from None
    entry: Element = root.find("entry") if root.find("entry") is not None else root  # type: ignore[assignment]
    return {child.tag: child.text or "" for child in entry}
