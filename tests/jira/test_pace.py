"""A limit that is near: the next calls are spread before a 429 comes, those of all processes, and none is dropped."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from syncd.jira import Basic, JiraClient
from syncd.jira.doors import Bounds
from syncd.jira.pace import LONGEST_INTERVAL, SHORTEST_INTERVAL, UNTOLD_INTERVAL, UNTOLD_SECONDS, Pace, pace_of
from syncd.sandbox.jira import JiraSandbox
from syncd.sandbox.serve import Server
from syncd.store import Database
from syncd.store.quotas import Quotas, SharedGate

NOW = datetime(2026, 4, 1, 9, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "pace"),
    [
        ({}, None),
        ({"X-RateLimit-NearLimit": "false", "X-RateLimit-Remaining": "1"}, None),
        ({"X-RateLimit-NearLimit": "true"}, Pace(UNTOLD_INTERVAL, UNTOLD_SECONDS)),
        (
            near := {"X-RateLimit-NearLimit": "true", "X-RateLimit-Reset": "2026-04-01T10:00Z"},
            Pace(UNTOLD_INTERVAL, 60),
        ),
        ({**near, "X-RateLimit-Remaining": "30"}, Pace(2.0, 60)),
        ({**near, "X-RateLimit-Remaining": "0"}, Pace(LONGEST_INTERVAL, 60)),
        ({**near, "X-RateLimit-Remaining": "1000000"}, Pace(SHORTEST_INTERVAL, 60)),
        ({**near, "X-RateLimit-Remaining": "many"}, Pace(UNTOLD_INTERVAL, 60)),
    ],
    ids=str,
)
def test_what_is_left_is_spread_until_the_limit_begins_anew(headers: dict[str, str], pace: Pace | None) -> None:
    assert pace_of(headers, NOW) == pace


def test_jira_says_so_on_a_good_answer_and_the_gate_hears_it() -> None:
    sandbox = JiraSandbox(flavour="cloud", issues=[])
    sandbox.faults.add("near_limit", path="*/myself")
    heard: list[tuple[float, float]] = []
    with Server(sandbox.app) as server:
        slow = Bounds(slow_down=lambda interval, seconds: heard.append((interval, seconds)))
        client = JiraClient(server.url, Basic("bot@example.com", "jira-token"), bounds=slow)
        for _ in range(2):
            assert client.get("/rest/api/2/myself", endpoint="myself", step="asking")["active"]
        client.close()
    assert heard == [(UNTOLD_INTERVAL, UNTOLD_SECONDS)]


def test_the_calls_of_all_processes_take_turns_and_each_gets_one(database_url: str, database: Database) -> None:
    stores = [Database(database_url) for _ in range(2)]
    clock: list[float] = [0.0]
    naps: list[float] = []
    gates: list[Any] = [
        SharedGate(Quotas(store), "jira", None, sleep=naps.append, clock=lambda: clock[0]) for store in stores
    ]
    for gate in gates:
        gate.slow_down(1.0, 30.0)
    for gate in gates * 3:
        with gate():
            pass
    assert naps == pytest.approx([1, 2, 3, 4, 5], abs=0.9), "nobody slept really, so each waits for all before it"
    clock[0] = 31.0
    for gate in gates:
        with gate():
            pass
    assert len(naps) == 5, "the limit is not near any more"
    for store in stores:
        store.close()
