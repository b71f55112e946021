"""All comments of an issue, whatever Jira leaves out of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import responses
from requests import PreparedRequest

from syncd.core.model import Audience, Comment
from syncd.errors import UnreadableError
from syncd.jira.comments import comments_of
from syncd.jira.convert import Place
from tests.jira.support import URL, client

CLOUD = Place("example", URL, cloud=True)
SERVER = Place("example", URL, cloud=False)


def comment(number: int, **more: Any) -> dict[str, Any]:
    when = f"2024-05-01T12:{number % 60:02d}:00.000+0000"
    return {"id": str(number), "body": f"*{number}*", "created": when, "updated": when, "jsdPublic": True} | more


def issue(embedded: Sequence[dict[str, Any]], total: int | None = None) -> dict[str, Any]:
    total = len(embedded) if total is None else total
    return {
        "id": "1",
        "key": "OPS-1",
        "fields": {"comment": {"comments": list(embedded), "total": total}},
        "renderedFields": {
            "comment": {"comments": [{"id": one["id"], "body": f"<p>said {one['id']}</p>"} for one in embedded]}
        },
    }


def read(raw: dict[str, Any], place: Place = CLOUD, *, properties: bool = False) -> tuple[Comment, ...]:
    return comments_of(client(), raw, place, service_desk=properties, properties=properties)


def pages_are(*answers: dict[str, Any]) -> None:
    for answer in answers:
        responses.get(f"{URL}/rest/api/2/issue/1/comment", json=answer)


def asked(parameter: str) -> list[str]:
    queries = [parse_qs(urlsplit(str(call.request.url)).query) for call in responses.calls]
    return [query.get(parameter, [""])[0] for query in queries]


@responses.activate
def test_comments_that_came_with_the_issue_cost_no_call() -> None:
    found = read(issue([comment(2), comment(1)]))
    assert [(one.id, one.text) for one in found] == [("1", "said 1"), ("2", "said 2")]
    assert len(responses.calls) == 0


@responses.activate
def test_an_issue_without_comments_costs_no_call_in_any_case() -> None:
    assert read(issue([]), SERVER, properties=True) == ()


@responses.activate
def test_comments_of_the_same_moment_keep_the_order_of_their_numbers() -> None:
    same = {"created": "2024-05-01T12:00:00.000+0000"}
    assert [one.id for one in read(issue([comment(10, **same), comment(9, **same)]))] == ["9", "10"]


@responses.activate
def test_when_some_are_left_out_all_are_read() -> None:
    pages_are(
        {"comments": [comment(n, renderedBody=f"<p>{n}!</p>") for n in (1, 2)], "total": 3},
        {"comments": [comment(3)], "total": 3},
    )
    found = read(issue([comment(2), comment(3)], total=3))
    assert [(one.id, one.text) for one in found] == [("1", "1!"), ("2", "2!"), ("3", "*3*")]
    assert asked("startAt") == ["0", "2"]


@pytest.mark.parametrize("fields", [{}, {"comment": None}, {"comment": []}, {"comment": {"comments": []}}])
@responses.activate
def test_an_issue_that_came_without_its_comments_is_asked_for_them(fields: dict[str, Any]) -> None:
    pages_are({"comments": [comment(1)], "total": 1})
    assert [one.id for one in read({"id": "1", "key": "OPS-1", "fields": fields})] == ["1"]


@responses.activate
def test_data_center_tells_what_is_internal_only_when_asked_for_properties() -> None:
    hidden = {"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}
    pages_are({"comments": [comment(1, **hidden), comment(2, properties=[])], "total": 2})
    found = read(issue([comment(1), comment(2)]), SERVER, properties=True)
    assert [one.audience for one in found] == [Audience.INTERNAL, Audience.PUBLIC]
    assert asked("expand") == ["renderedBody,properties"]
    assert asked("maxResults") == [""]


@responses.activate
def test_a_comment_deleted_while_the_pages_are_read_hides_no_other() -> None:
    pages_are(
        {"comments": [comment(1), comment(2)], "total": 4},
        {"comments": [comment(4)], "total": 3},  # 1 was deleted, so 3 moved up to the first page
        {"comments": [comment(2), comment(3)], "total": 3},
        {"comments": [comment(4)], "total": 3},
    )
    assert [one.id for one in read(issue([], total=4))] == ["2", "3", "4"]


@responses.activate
def test_a_total_that_counts_hidden_comments_is_believed_after_a_second_look() -> None:
    short = {"comments": [comment(1), comment(2)], "total": 5}
    end = {"comments": [], "total": 5}
    pages_are(short, end, short, end)
    assert [one.id for one in read(issue([comment(1), comment(2)], total=5))] == ["1", "2"]
    assert len(responses.calls) == 4


@responses.activate
def test_pages_that_repeat_themselves_come_to_an_end() -> None:
    pages_are({"comments": [comment(1)], "total": 9})
    assert [one.id for one in read(issue([], total=9))] == ["1"]


@responses.activate
def test_comments_that_never_settle_prove_nothing() -> None:
    numbers = iter(range(1, 100))

    def another(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        number = next(numbers)
        return 200, {}, json.dumps({"comments": [comment(number)], "total": 50 + number})

    responses.add_callback("GET", f"{URL}/rest/api/2/issue/1/comment", another, content_type="application/json")
    with pytest.raises(UnreadableError, match="reading the comments of OPS-1"):
        read(issue([], total=50))


@pytest.mark.parametrize("answer", [{}, [], {"comments": [{}], "total": 1}, {"comments": [], "total": None}])
@responses.activate
def test_an_answer_without_comments_is_not_no_comments(answer: Any) -> None:
    pages_are(answer)
    with pytest.raises(UnreadableError, match="cannot be read"):
        read(issue([], total=1))
