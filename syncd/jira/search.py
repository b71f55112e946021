"""One search request to Jira, in the two dialects, for `listing`. Lists ids and times only: the issues come later.

Cloud pages by tokens: only a missing token is the end, never a short or an empty page, nor `isLast` (jira facts 1.7).
Data Center pages by offset: it gives fewer than asked for, so the offset moves by what came; an empty page is the end,
and so is the offset that `total` names, since `total` is never too small (jira facts 1.26, 1.27).
"""

from __future__ import annotations

from typing import Any

from syncd.core.ports import Stub
from syncd.jira.client import API, JiraClient
from syncd.jira.listing import Continuation, Hits, Search
from syncd.jira.times import moment

PAGE_SIZE = 1000
"""What we ask for; Jira gives what it likes (jira facts 1.2, 1.26)."""

_STEP = "searching for changed issues"


def search_of(client: JiraClient, page_size: int = PAGE_SIZE) -> Search:
    """The search function of this Jira."""

    def cloud(jql: str, continuation: Continuation | None) -> Hits:
        body: dict[str, Any] = {"jql": jql, "maxResults": page_size, "fields": ["updated"]}
        if continuation is not None:
            body["nextPageToken"] = continuation
        answer = client.ask(f"{API}/search/jql", body, endpoint="search", step=_STEP, urgent=True)
        hits = stubs_of(client, answer, _STEP)
        token = answer.get("nextPageToken")
        return Hits(hits, str(token) if token else None)

    def data_center(jql: str, continuation: Continuation | None) -> Hits:
        start = int(continuation or 0)
        body = {"jql": jql, "startAt": start, "maxResults": page_size, "fields": ["updated"]}
        answer = client.ask(f"{API}/search", body, endpoint="search", step=_STEP, urgent=True)
        hits = stubs_of(client, answer, _STEP)
        total = answer.get("total") if isinstance(answer.get("total"), int) else None
        end = start + len(hits)
        return Hits(hits, None if not hits or (total is not None and end >= total) else end, total)

    def search(jql: str, continuation: Continuation | None) -> Hits:
        return (cloud if client.server.cloud else data_center)(jql, continuation)

    return search


def stubs_of(client: JiraClient, answer: Any, step: str) -> tuple[Stub, ...]:
    """The hits of one answer."""
    try:
        return tuple(
            Stub(str(issue["id"]), str(issue["key"]), moment(issue["fields"]["updated"])) for issue in answer["issues"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise client.unreadable("sent search results without ids or times", step) from error
