"""Which of a few known issues match a query now.

One id that is gone or hidden spoils a question by ids: Data Center refuses it, and Cloud answers that nothing matches
(jira facts 1.11, 1.12). So the issues are asked for first, and the question is about those that are there. Cloud
reconciles its index with them, so that its answer is not older than the question (facts 1.15).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from syncd.core.ports import Stub
from syncd.jira.client import API, JiraClient
from syncd.jira.fetching import fetch_raw
from syncd.jira.jql import of_ids, ordered
from syncd.jira.search import stubs_of

BATCH = 50
"""As many as Cloud reconciles in one question (jira facts 1.1)."""

STEP = "asking which issues match the query"


def matching(client: JiraClient, query: str, ids: Sequence[str]) -> tuple[Stub, ...]:
    """Those of these issues that match the query and are visible, in no order."""
    there = list(fetch_raw(client, ids, ["updated"]).found)
    found: dict[str, Stub] = {}
    for start in range(0, len(there), BATCH):
        some = there[start : start + BATCH]
        body: dict[str, Any] = {"jql": ordered(query, of_ids(some)), "maxResults": BATCH, "fields": ["updated"]}
        for stub in _by_tokens(client, body, some) if client.server.cloud else _at_once(client, body):
            found[stub.id] = stub
    return tuple(found.values())


def _by_tokens(client: JiraClient, body: dict[str, Any], ids: Sequence[str]) -> list[Stub]:
    """A short page is not the last one; but there are no more pages than issues."""
    asked = {**body, "reconcileIssues": [int(one) for one in ids]}
    found: list[Stub] = []
    for _ in ids:
        answer = client.ask(f"{API}/search/jql", asked, endpoint="search", step=STEP)
        found += stubs_of(client, answer, STEP)
        if not answer.get("nextPageToken"):
            break
        asked["nextPageToken"] = answer["nextPageToken"]
    return found


def _at_once(client: JiraClient, body: dict[str, Any]) -> list[Stub]:
    """Fewer than Data Center ever gives on a page."""
    return list(stubs_of(client, client.ask(f"{API}/search", body, endpoint="search", step=STEP), STEP))
