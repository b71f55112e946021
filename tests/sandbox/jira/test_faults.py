"""What goes wrong on demand (jira facts 7, 14)."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.sandbox.jira.talk import Talk


def comments(talk: Talk, key: str = "OPS-1") -> int:
    total: int = talk.get(f"issue/{key}/comment").json()["total"]
    return total


def tell(talk: Talk) -> requests.Response:
    return talk.post("issue/OPS-1/comment", {"body": "told"})


@pytest.mark.parametrize(
    ("hint", "expected"),
    [
        (5, "5"),
        (0, "0"),
        (None, None),
    ],
)
def test_429_with_and_without_a_hint(either: Talk, hint: int | None, expected: str | None) -> None:
    either.sandbox.faults.add(429, retry_after=hint)
    answer = either.get("myself")
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == expected
    assert either.get("myself").status_code == 200


def test_429_with_a_date(either: Talk) -> None:
    either.sandbox.faults.add(429, retry_after="date")
    when = parsedate_to_datetime(either.get("myself").headers["Retry-After"])
    assert 0 < (when - datetime.now(UTC)).total_seconds() <= 5


def test_429_with_a_reset_and_as_the_gateway_words_it(either: Talk) -> None:
    either.sandbox.faults.add(429, retry_after="reset")
    either.sandbox.faults.add(429, retry_after="gateway")
    for extra in ("RateLimit-Reason", "X-Failure-Category"):
        answer = either.get("myself")
        assert "Retry-After" not in answer.headers
        assert datetime.fromisoformat(answer.headers["X-RateLimit-Reset"]).tzinfo is not None
        assert extra in answer.headers


@pytest.mark.parametrize("kind", ["502", "503", "504", "html", "login_redirect", "429", "500", "drop_before"])
def test_these_keep_a_write_from_happening(either: Talk, kind: str) -> None:
    before = comments(either)
    either.sandbox.faults.add(kind, method="POST")
    if kind == "drop_before":
        with pytest.raises(requests.ConnectionError):
            tell(either)
    else:
        assert tell(either).status_code == {"html": 200, "login_redirect": 302}.get(
            kind, int(kind) if kind.isdecimal() else 0
        )
    assert comments(either) == before


@pytest.mark.parametrize("kind", ["drop_after", "cut", "truncated"])
def test_these_let_it_happen_and_hide_it(either: Talk, kind: str) -> None:
    before = comments(either)
    either.sandbox.faults.add(kind, method="POST")
    with pytest.raises((requests.ConnectionError, requests.JSONDecodeError, requests.exceptions.ChunkedEncodingError)):
        tell(either).json()
    assert comments(either) == before + 1


def test_a_504_may_come_after_the_write(either: Talk) -> None:
    before = comments(either)
    either.sandbox.faults.add("504", method="POST", commit=True)
    assert tell(either).status_code == 504
    assert comments(either) == before + 1


def test_a_hanging_answer_ends_in_a_read_timeout(either: Talk) -> None:
    either.sandbox.faults.add("hang", seconds=60.0)
    with pytest.raises(requests.ReadTimeout):
        either.send("GET", "serverInfo", timeout=(1, 0.1))


def test_a_dripping_answer_outlives_the_read_timeout(either: Talk) -> None:
    """No single wait is long, so no read timeout ends it: only a deadline of the client's own would."""
    either.sandbox.faults.add("slow", seconds=2.4)
    answer = either.send("GET", "serverInfo", timeout=(5, 1.2))
    assert answer.elapsed.total_seconds() < 2.4
    assert answer.json()["serverTitle"] == "Jira"


def test_near_limit_rides_on_a_good_answer(either: Talk) -> None:
    either.sandbox.faults.add("near_limit")
    answer = either.get("myself")
    assert (answer.status_code, answer.headers["X-RateLimit-NearLimit"]) == (200, "true")


def test_html_with_200(either: Talk) -> None:
    either.sandbox.faults.add("html")
    answer = either.get("myself")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html;charset=UTF-8")


def test_which_requests_suffer(either: Talk) -> None:
    either.sandbox.faults.add("502", method="GET", path="re:/issue/OPS-[12]$", after=1, count=2)
    statuses = [either.get(f"issue/OPS-{n}").status_code for n in (1, 3, 2, 1, 2)]
    assert statuses == [200, 200, 502, 502, 200]


def test_probability_repeats_under_the_seed(either: Talk) -> None:
    def some() -> list[int]:
        either.sandbox.reset()
        either.sandbox.faults.add("502", probability=0.5, count=None)
        return [either.get("serverInfo").status_code for _ in range(20)]

    first = some()
    assert set(first) == {200, 502}
    assert some() == first


def test_an_unknown_fault_is_refused(either: Talk) -> None:
    with pytest.raises(ValueError, match="there is no fault"):
        either.sandbox.faults.add("gremlins")


def test_bursts_are_limited_per_route(either: Talk) -> None:
    either.sandbox.set(burst_limit=5)
    either.sandbox.clock.freeze()
    answers = [either.get("serverInfo") for _ in range(6)]
    assert [a.status_code for a in answers] == [200] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "1"
    assert either.get("field").status_code == 200
    if either.cloud:
        assert answers[4].headers["X-RateLimit-NearLimit"] == "true"
        assert answers[-1].headers["RateLimit-Reason"] == "jira-burst-based"
    else:
        assert "X-RateLimit-FillRate" in answers[-1].headers
    either.sandbox.clock.advance(1.1)
    assert either.get("serverInfo").status_code == 200


def test_one_issue_takes_twenty_writes_in_two_seconds(cloud: Talk) -> None:
    cloud.sandbox.clock.freeze()
    answers: list[Any] = [tell(cloud) for _ in range(21)]
    assert [a.status_code for a in answers] == [201] * 20 + [429]
    assert answers[-1].headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert cloud.post("issue/OPS-2/comment", {"body": "another issue"}).status_code == 201
    cloud.sandbox.clock.advance(2.1)
    assert tell(cloud).status_code == 201


def test_an_issue_is_the_same_by_whatever_name_it_is_written_to(cloud: Talk) -> None:
    cloud.sandbox.clock.freeze()
    comment = tell(cloud).json()["id"]
    number = cloud.issue("OPS-1")["id"]
    for _ in range(9):
        assert cloud.put(f"issue/{number}", {"fields": {"summary": "by its id"}}).status_code == 204
        assert cloud.put(f"comment/{comment}/properties/p", {}).status_code in (200, 201)
    assert [tell(cloud).status_code for _ in range(2)] == [201, 429]


def test_every_request_is_counted_and_remembered(either: Talk) -> None:
    either.get("issue/OPS-1")
    either.get("issue/OPS-2")
    assert either.sandbox.calls["GET /rest/api/{v}/issue/{issue}"] == 2
    assert [(r.method, r.path, r.status) for r in either.sandbox.requests][-1] == (
        "GET",
        "/rest/api/2/issue/OPS-2",
        200,
    )
