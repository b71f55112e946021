"""One search in each dialect: what is sent, and where it ends."""

from __future__ import annotations

import json
from typing import Any

import pytest
import responses

from syncd.errors import UnreadableError
from syncd.jira.listing import Continuation, Hits
from syncd.jira.search import search_of
from tests.jira.support import CLOUD, DATA_CENTER, URL, client, server_is


def hit(number: int) -> dict[str, Any]:
    return {"id": str(number), "key": f"OPS-{number}", "fields": {"updated": "2024-05-01T14:00:00.742+0200"}}


def search(answer: Any, *, cloud: bool, continuation: Continuation | None = None) -> Hits:
    server_is(CLOUD if cloud else DATA_CENTER)
    responses.post(f"{URL}/rest/api/2/{'search/jql' if cloud else 'search'}", json=answer)
    return search_of(client(), page_size=7)("project = OPS", continuation)


def sent() -> dict[str, Any]:
    body: dict[str, Any] = json.loads(responses.calls[-1].request.body or "{}")
    return body


@responses.activate
def test_cloud_is_asked_for_times_only() -> None:
    hits = search({"issues": [hit(1)], "nextPageToken": "a+/=", "isLast": True}, cloud=True)
    assert sent() == {"jql": "project = OPS", "maxResults": 7, "fields": ["updated"]}
    assert [stub.key for stub in hits.stubs] == ["OPS-1"]
    assert hits.more == "a+/="  # whatever isLast says


@responses.activate
def test_cloud_goes_on_by_token() -> None:
    search({"issues": []}, cloud=True, continuation="a+/=")
    assert sent()["nextPageToken"] == "a+/="


@pytest.mark.parametrize("end", [{}, {"nextPageToken": None}, {"nextPageToken": "", "isLast": False}])
@responses.activate
def test_cloud_ends_where_there_is_no_token(end: dict[str, Any]) -> None:
    assert search({"issues": [hit(1)]} | end, cloud=True).more is None


@pytest.mark.parametrize(
    ("start", "came", "total", "more"),
    [
        pytest.param(0, 2, 5, 2, id="the offset moves by what came, not by what was asked for"),
        pytest.param(2, 3, 5, None, id="at the total"),
        pytest.param(5, 0, 9, None, id="a total too large ends with an empty page"),
        pytest.param(0, 2, None, 2, id="no total"),
        pytest.param(2, 0, None, None, id="no total and nothing more"),
    ],
)
@responses.activate
def test_data_center_goes_on_by_offset(start: int, came: int, total: int | None, more: int | None) -> None:
    answer = {"startAt": start, "maxResults": 7, "issues": [hit(n) for n in range(came)], "total": total}
    hits = search(answer, cloud=False, continuation=start or None)
    assert sent() == {"jql": "project = OPS", "startAt": start, "maxResults": 7, "fields": ["updated"]}
    assert (hits.more, hits.total) == (more, total)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({}, id="no issues at all is not none"),
        pytest.param([], id="a list"),
        pytest.param({"issues": [{"id": "1"}]}, id="hits without fields"),
        pytest.param({"issues": [hit(1) | {"fields": {"updated": None}}]}, id="hits without time"),
    ],
)
@responses.activate
def test_an_answer_of_another_shape_proves_nothing(answer: Any) -> None:
    with pytest.raises(UnreadableError, match="without ids or times"):
        search(answer, cloud=True)
