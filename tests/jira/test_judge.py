"""What each kind of answer is taken for."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from syncd.errors import (
    AuthError,
    NotFoundError,
    RejectedError,
    RemoteError,
    ThrottledError,
    UnavailableError,
    UnreadableError,
)
from syncd.http import Request
from syncd.jira.judge import ForbiddenError
from tests.jira.support import URL, client

GONE = {"errorMessages": ["Issue does not exist or you do not have permission to see it."], "errors": {}}
REMOVED = {"errorMessages": ["The requested API has been removed."], "errors": {}}
PAGE = "<html><head><title>Log in</title></head><body>secret-cookie</body></html>"
FAILED = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
CAPTCHA = {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://jira.example.com/login.jsp"}


def ask(**answer: Any) -> Any:
    responses.get(f"{URL}/rest/api/2/thing", **answer)
    return client().get("/rest/api/2/thing", endpoint="thing", step="reading the thing")


@responses.activate
def test_json_with_200_is_an_answer() -> None:
    assert ask(json={"key": "OPS-1"}) == {"key": "OPS-1"}


@responses.activate
def test_data_center_says_ok_in_the_header_when_the_login_was_good() -> None:
    assert ask(json=[], headers={"X-Seraph-LoginReason": "OK"}) == []


NEVER_REPEATED = [
    pytest.param({"json": {"issues": []}, "headers": FAILED}, AuthError, "stranger", id="200 empty, dead token"),
    pytest.param({"json": GONE, "status": 404, "headers": FAILED}, AuthError, "stranger", id="404, dead token"),
    pytest.param(
        {"json": {}, "headers": {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED, OUT"}},
        AuthError,
        "AUTHENTICATION_DENIED, OUT",
        id="several reasons",
    ),
    pytest.param(
        {"body": PAGE, "status": 403, "headers": CAPTCHA, "content_type": "text/html"},
        AuthError,
        "CAPTCHA",
        id="captcha",
    ),
    pytest.param({"json": GONE, "status": 403}, ForbiddenError, "see or do", id="403 about one thing"),
    pytest.param({"json": GONE, "status": 404}, NotFoundError, "does not exist", id="404"),
    pytest.param({"json": REMOVED, "status": 410}, RejectedError, "has been removed", id="410"),
    pytest.param(
        {"json": {"errorMessages": ["Bad JQL"], "errors": {"jql": "no"}}, "status": 400},
        RejectedError,
        "Bad JQL; jql: no",
        id="400",
    ),
    pytest.param({"body": "", "status": 413}, RejectedError, "refuses", id="413 without a word"),
]


@pytest.mark.parametrize(("answer", "error", "says"), NEVER_REPEATED)
@responses.activate
def test_what_would_not_get_better_is_asked_once(answer: dict[str, Any], error: type[RemoteError], says: str) -> None:
    with pytest.raises(error) as caught:
        ask(**answer)
    assert says in str(caught.value)
    assert "reading the thing" in str(caught.value)
    assert "secret-cookie" not in str(caught.value)
    assert "s3cret-token" not in str(caught.value)
    assert len(responses.calls) == 1


UNCLEAR = [
    pytest.param(
        {"body": PAGE, "status": 401, "content_type": "text/html"}, "credentials", RejectedError, id="401 page"
    ),
    pytest.param(
        {"body": PAGE, "status": 403, "content_type": "text/html"}, "credentials", RejectedError, id="403 page"
    ),
    pytest.param(
        {"json": {"code": 401, "message": "Unauthorized"}, "status": 401}, "Unauthorized", ForbiddenError, id="401"
    ),
    pytest.param(
        {"json": {"error": "Failed to parse Connect Session Auth Token"}, "status": 403},
        "Connect Session",
        ForbiddenError,
        id="403 a server's token shown to Cloud",
    ),
]


@pytest.mark.parametrize(("answer", "says", "_"), UNCLEAR)
@responses.activate
def test_a_refusal_is_of_the_credentials_if_jira_does_not_know_who_we_are(
    answer: dict[str, Any], says: str, _: type[RemoteError]
) -> None:
    responses.get(f"{URL}/rest/api/2/myself", json={}, status=401)
    with pytest.raises(AuthError, match=says) as caught:
        ask(**answer)
    assert "reading the thing" in str(caught.value)
    assert "secret-cookie" not in str(caught.value)
    assert len(responses.calls) == 2


@pytest.mark.parametrize(("answer", "_", "error"), UNCLEAR)
@responses.activate
def test_a_refusal_is_of_the_thing_if_jira_knows_who_we_are(
    answer: dict[str, Any], _: str, error: type[RemoteError]
) -> None:
    responses.get(f"{URL}/rest/api/2/myself", json={"name": "bot"})
    with pytest.raises(error) as caught:
        ask(**answer)
    assert type(caught.value) is error
    assert "reading the thing" in str(caught.value)


@responses.activate
def test_a_refusal_while_jira_does_not_say_who_we_are_is_taken_for_neither() -> None:
    responses.get(f"{URL}/rest/api/2/myself", status=503)
    with pytest.raises(UnavailableError, match="proving the credentials"):
        ask(json={}, status=401)


REPEATED = [
    pytest.param(
        {"body": PAGE, "content_type": "text/html"}, UnreadableError, "page instead of data", id="log-in page"
    ),
    pytest.param(
        {"body": PAGE, "status": 404, "content_type": "text/html"}, UnreadableError, "context path", id="path"
    ),
    pytest.param(
        {"json": {"message": "null for uri", "status-code": 404}, "status": 404},
        UnreadableError,
        "nothing at this address",
        id="404 of a gateway",
    ),
    pytest.param({"body": "", "status": 200, "content_type": "text/plain"}, UnreadableError, "page", id="nothing"),
    pytest.param({"json": {"errorMessage": "busy"}, "status": 503}, UnavailableError, "cannot work", id="503"),
    pytest.param({"body": "Bad gateway", "status": 502}, UnavailableError, "HTTP 502", id="502"),
    pytest.param({"body": "", "status": 504}, UnavailableError, "HTTP 504", id="504"),
    pytest.param(
        {"body": "{", "status": 500, "content_type": "application/json"}, UnavailableError, "HTTP 500", id="500, half"
    ),
    pytest.param({"body": "", "status": 304}, UnreadableError, "points elsewhere", id="304"),
]


@pytest.mark.parametrize(("answer", "error", "says"), REPEATED)
@responses.activate
def test_what_may_pass_is_asked_again(answer: dict[str, Any], error: type[RemoteError], says: str) -> None:
    with pytest.raises(error) as caught:
        ask(**answer)
    assert type(caught.value) is error
    assert says in str(caught.value)
    assert len(responses.calls) == 4


@responses.activate
def test_no_content_is_an_answer() -> None:
    responses.put(f"{URL}/rest/api/2/thing", status=204)
    request = Request("PUT", "/rest/api/2/thing", "thing", "writing the thing", reads=False, json={})
    assert client().request(request).status_code == 204


@responses.activate
def test_bytes_that_are_asked_for_as_a_stream_may_be_anything() -> None:
    responses.get(f"{URL}/file", body=b"\x89PNG", content_type="image/png")
    request = Request("GET", "/file", "file", "reading a file", reads=True, stream=True)
    assert client().request(request).content == b"\x89PNG"


@responses.activate
def test_an_outage_that_passes_is_not_noticed() -> None:
    responses.get(f"{URL}/rest/api/2/thing", status=503)
    assert ask(json={"fine": True}) == {"fine": True}


THROTTLED = [
    pytest.param({"Retry-After": "120"}, 120.0, id="seconds"),
    pytest.param({"Retry-After": "0"}, 1.0, id="zero means a little"),
    pytest.param({"Retry-After": "Wed, 01 Jan 2020 00:00:00 GMT"}, 1.0, id="a date gone by"),
    pytest.param({"X-RateLimit-Reset": "2020-04-01T10:00Z"}, 1.0, id="a reset without seconds"),
    pytest.param({"RateLimit-Reason": "jira-burst-based"}, None, id="no wish at all"),
]


@pytest.mark.parametrize(("headers", "wait"), THROTTLED)
@responses.activate
def test_every_way_to_say_slower(headers: dict[str, str], wait: float | None) -> None:
    with pytest.raises(ThrottledError) as caught:
        ask(json={"message": "Rate limit exceeded"}, status=429, headers=headers)
    assert caught.value.retry_after == wait


@responses.activate
def test_which_limit_it_was_is_told_beside_jiras_words() -> None:
    with pytest.raises(ThrottledError) as caught:
        ask(json={"message": "Slow down"}, status=429, headers={"RateLimit-Reason": "jira-quota-global-based"})
    assert caught.value.detail == "Slow down; jira-quota-global-based"


@responses.activate
def test_a_missing_scope_is_about_one_thing_and_not_about_the_credentials() -> None:
    with pytest.raises(ForbiddenError, match="lacks a scope"):
        ask(json={"code": 401, "message": "Unauthorized; scope does not match"}, status=401)


@responses.activate
def test_a_far_date_in_retry_after_is_handed_on_and_not_waited_for() -> None:
    with pytest.raises(ThrottledError) as caught:
        ask(json={}, status=429, headers={"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert caught.value.retry_after is not None
    assert caught.value.retry_after >= 3600
    assert len(responses.calls) == 1
