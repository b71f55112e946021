"""The shapes of ServiceNow's answers: envelopes, errors, and fields whose JSON type varies. Knows no request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

from syncd.core.model import Json
from syncd.http import Response, shortened

Row = Mapping[str, str]
"""One record as text by column; a column that the user may not see is absent."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The instance's own words of refusal: `{"error": {"message", "detail"}, "status": "failure"}` (facts 1.10 on)."""

    words: str
    is_json: bool = True

    @property
    def of_api(self) -> bool:
        """Refused before the table was looked at: the table is closed to web services, or a role is missing (1.14)."""
        return "API level ACL" in self.words

    @property
    def of_scope(self) -> bool:
        return "unscoped api" in self.words


def parsed(response: Response) -> Json:
    """The body as JSON, or None if it is not. The content type is not asked: a cut-off body claims to be JSON too."""
    try:
        return response.json()
    except (ValueError, RecursionError):  # the latter: brackets in brackets without end
        return None


def refusal_in(body: Json) -> Refusal | None:
    """The error in an answer, whatever its status said.

    A transaction cancelled half-way answers 200 and glues the error to the end, at the top or into the last row
    (servicenow facts 6.9).
    """
    if not isinstance(body, dict):
        return None
    error = body.get("error")
    if error is None and body.get("status") != "failure":
        result = body.get("result")
        last = result[-1] if isinstance(result, list) and result else None
        error = last.get("error") if isinstance(last, dict) else None
        if not (isinstance(error, dict) and "message" in error):
            return None
    return Refusal(_words(error))


def _words(error: Json) -> str:
    """Message and detail; either may be null, empty or say it all alone (facts 1.10 to 1.23, 4.28)."""
    if not isinstance(error, dict):
        return shortened(str(error or "status: failure"))
    message, detail = str(error.get("message") or ""), str(error.get("detail") or "")
    return shortened(": ".join(part for part in (message, detail) if part) or "no reason given")


def text_of(value: Json) -> str:
    """One field as text: plain, an object (facts 1.28), typed (4.27) or null."""
    if isinstance(value, dict):
        inner = value.get("value")
        value = value.get("display_value") if inner is None else inner
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def rows_in(body: Json) -> list[dict[str, Json]]:
    """The rows of an answer to a list query that the judge accepted."""
    result = body["result"]
    return list(result) if isinstance(result, list) else [result]


def row_in(body: Json) -> dict[str, Json]:
    """The one row of an answer that the judge accepted; empty if there is none in it."""
    return next(iter(rows_in(body)), {})


def row_of(result: Mapping[str, Json]) -> Row:
    """One record with every field as text."""
    return {column: text_of(value) for column, value in result.items()}


def date_of(headers: Mapping[str, str]) -> datetime | None:
    """The server's clock when it answered; None if it does not say."""
    try:
        return parsedate_to_datetime(headers.get("Date", ""))
    except ValueError:
        return None
