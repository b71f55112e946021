"""Sessions, semaphores and rate rules: the three ways in which a busy instance drops what it is sent."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import requests

from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import RateRule, ServiceNowSandbox
from tests.sandbox.servicenow.conftest import SERVICE, Serve


def at_once(count: int, call: Callable[[], requests.Response]) -> Counter[int]:
    """The statuses of so many calls that start together."""
    start = threading.Barrier(count)

    def run(_: int) -> int:
        start.wait(timeout=10)
        return call().status_code

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(run, range(count)))


def test_many_requests_on_one_session_cookie_are_thrown_away_with_202(serve: Serve) -> None:
    served = serve(latency=0.0, write_cost=0.05)
    cookie = served.api.get("table/incident").cookies["JSESSIONID"]
    url = f"{served.url}/api/now/table/incident"

    def post() -> requests.Response:
        return requests.post(url, json={}, auth=SERVICE, cookies={"JSESSIONID": cookie}, timeout=10)

    statuses = at_once(20, post)
    assert statuses[201] >= 10
    assert statuses[202] >= 4
    assert len(served.sandbox.rows("incident")) == statuses[201]


def test_of_a_hundred_requests_on_one_session_twelve_are_done() -> None:
    sandbox = ServiceNowSandbox(write_cost=0.005)

    async def statuses() -> Counter[int]:
        transport = httpx.ASGITransport(app=sandbox.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://instance", auth=SERVICE) as client:
            await client.get("/api/now/table/incident")  # brings the cookie
            answers = await asyncio.gather(*(client.post("/api/now/table/incident", json={}) for _ in range(100)))
        return Counter(answer.status_code for answer in answers)

    assert asyncio.run(statuses()) == {201: 12, 202: 88}


def test_without_the_cookie_none_is_lost(serve: Serve) -> None:
    served = serve(write_cost=0.02)
    url = f"{served.url}/api/now/table/incident"
    statuses = at_once(20, lambda: requests.post(url, json={}, auth=SERVICE, timeout=10))
    assert statuses == {201: 20}


def test_a_session_signs_in_by_itself_until_it_is_idle_for_too_long(serve: Serve) -> None:
    served = serve()
    cookie = served.api.get("table/incident").cookies["JSESSIONID"]
    stranger = served.as_user(None)
    assert stranger.call("GET", "table/incident", cookies={"JSESSIONID": cookie}).status_code == 200
    served.sandbox.sessions.clear()
    assert stranger.call("GET", "table/incident", cookies={"JSESSIONID": cookie}).status_code == 401


def test_a_request_that_lasts_too_long_drops_its_successors_on_the_session(serve: Serve) -> None:
    served = serve(write_cost=0.3, session_patience=0.0)
    cookie = served.api.get("table/incident").cookies["JSESSIONID"]
    url = f"{served.url}/api/now/table/incident"
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(requests.post, url, json={}, auth=SERVICE, cookies={"JSESSIONID": cookie}, timeout=10)
        statuses = Counter[int]()
        while not slow.done():
            answer = requests.get(url, auth=SERVICE, cookies={"JSESSIONID": cookie}, timeout=10)
            statuses[answer.status_code] += 1
    assert slow.result().status_code == 201
    assert statuses[202] >= 1


def test_a_restarted_node_has_forgotten_its_sessions_but_not_its_records(serve: Serve) -> None:
    served = serve()
    stranger = served.as_user(None)
    cookie = served.api.post("table/incident", {}).cookies["JSESSIONID"]
    with Server(served.sandbox.app) as second:
        url = f"{second.url}/api/now/table/incident"
        assert stranger.session.get(url, cookies={"JSESSIONID": cookie}, timeout=10).status_code == 401
        answer = requests.post(url, json={}, auth=SERVICE, timeout=10)
        assert answer.json()["result"]["number"] == "INC0010002"
        assert answer.headers["Location"].startswith(second.url)


def test_a_full_semaphore_queue_answers_429_without_any_header(serve: Serve) -> None:
    served = serve(write_cost=0.1, concurrency=1, queue_limit=2)
    url = f"{served.url}/api/now/table/incident"
    answers: list[requests.Response] = []

    def post() -> requests.Response:
        answers.append(requests.post(url, json={}, auth=SERVICE, timeout=10))
        return answers[-1]

    statuses = at_once(8, post)
    assert statuses[429] >= 1
    assert statuses[201] + statuses[429] == 8
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.content == b""
    assert not [name for name in refused.headers if name.lower().startswith(("x-ratelimit", "retry-after"))]


def test_a_rate_rule_says_when_to_come_back(serve: Serve) -> None:
    served = serve(rate_rules=(RateRule(2),))
    first, _, third = (served.api.get("table/incident") for _ in range(3))
    assert first.headers["X-RateLimit-Limit"] == "2"
    assert "X-RateLimit-Remaining" not in first.headers
    assert third.status_code == 429
    assert third.json()["error"] == {
        "message": "Rate limit exceeded",
        "detail": "Rate limit of 2 requests per hour for Table API exceeded",
    }
    assert 0 < int(third.headers["Retry-After"]) <= 3600
    assert {"X-RateLimit-Limit", "X-RateLimit-Reset", "X-RateLimit-Rule"} <= third.headers.keys()
    served.sandbox.clock.advance(3600)
    assert served.api.get("table/incident").status_code == 200


def test_the_words_of_a_rate_rule_name_the_api_it_is_about(serve: Serve) -> None:
    served = serve(rate_rules=(RateRule(1, "Attachment API"),))
    _, second = (served.api.get("attachment") for _ in range(2))
    assert second.json()["error"]["detail"] == "Rate limit of 1 requests per hour for Attachment API exceeded"


def test_the_users_own_rule_beats_the_lowest_of_the_roles_which_beats_the_one_for_all(serve: Serve) -> None:
    rules = (RateRule(9), RateRule(5, role="itil"), RateRule(3, role="audit_viewer"), RateRule(1, user="admin"))
    served = serve(rate_rules=rules)
    assert served.api.get("table/incident").headers["X-RateLimit-Limit"] == "3"
    assert served.admin.get("table/incident").headers["X-RateLimit-Limit"] == "1"
    assert "X-RateLimit-Limit" not in served.api.get("attachment").headers
