"""Fields arrive as text, whatever their JSON type was (servicenow facts 1.28, 4.27)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.core.model import Json
from syncd.http import PreparedRequest, Response
from syncd.servicenow import ApiKeyAuth, BasicAuth, BearerAuth
from syncd.servicenow.answer import date_of, refusal_in, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        (None, ""),
        ("3", "3"),
        (-5.0, "-5"),
        (1.5, "1.5"),
        (7, "7"),
        (True, "true"),
        (False, "false"),
        ({"link": "https://x/1", "value": "1"}, "1"),
        ({"display_value": "New", "value": -5.0}, "-5"),
        ({"display_value": "Fred Luddy", "link": "https://x/1"}, "Fred Luddy"),
        ({"display_value": "", "value": ""}, ""),
        ({}, ""),
    ],
    ids=str,
)
def test_a_field_is_text(value: Json, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"message": "No Record found", "detail": None}}, "No Record found"),
        ({"error": {"message": "All is said here", "detail": ""}}, "All is said here"),
        ({"error": {"message": None, "detail": "a\n\tb"}}, "a b"),
        ({"error": "server_error"}, "server_error"),
        ({"status": "failure"}, "status: failure"),
        ({"error": {}}, "no reason given"),
    ],
    ids=str,
)
def test_a_refusal_is_one_line(body: Json, words: str) -> None:
    refusal = refusal_in(body)
    assert refusal is not None
    assert refusal.words == words


@pytest.mark.parametrize("body", [None, [], {"result": []}, {"result": [{"error": "a column called so"}]}])
def test_no_refusal_is_made_up(body: Json) -> None:
    assert refusal_in(body) is None


def test_the_servers_clock() -> None:
    response = Response()
    assert date_of(response.headers) is None
    response.headers["Date"] = "Thu, 01 Jan 2026 12:00:30 GMT"
    assert date_of(response.headers) == datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (BasicAuth("jörg", "pä:ss"), "Authorization", "Basic asO2cmc6cMOkOnNz"),
        (BearerAuth("tokentoken"), "Authorization", "Bearer tokentoken"),
        (ApiKeyAuth("keykeykey"), "x-sn-apikey", "keykeykey"),
    ],
    ids=["basic", "bearer", "api key"],
)
def test_credentials_travel_in_a_header_and_never_show(auth: BasicAuth, header: str, value: str) -> None:
    request = PreparedRequest()
    request.prepare("GET", "https://example.service-now.com", auth=auth)
    assert request.headers[header] == value
    assert auth.refused() is False
    assert value.split()[-1] not in repr(auth)
    assert "pä:ss" not in repr(auth)
