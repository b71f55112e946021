"""Cloud's search: bounded queries, pages by token, mistakes of meaning answered with nothing (facts 1.1 to 1.17)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

from syncd.sandbox.jira.cursors import Cursor
from syncd.sandbox.jira.hits import Hits
from syncd.sandbox.jira.jql.ast import Query
from syncd.sandbox.jira.model import Issue, Json
from syncd.sandbox.jira.refusals import RefusalError, bad
from syncd.sandbox.jira.rest.expansions import expanded, explained
from syncd.sandbox.jira.rest.search import hits, read_query
from syncd.sandbox.jira.shapes import issue as shape
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer
from syncd.sandbox.jira.web.schema import Kind, checked

REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full migration guideline "
    "is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
_UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
_MOST = 5000
_HISTORIES = 40
_BODY: dict[str, Kind] = {
    "jql": str,
    "nextPageToken": str,
    "maxResults": int,
    "fields": (list, str),
    "expand": str,
    "properties": (list, str),
    "fieldsByKeys": bool,
    "failFast": bool,
    "reconcileIssues": (list, int),
}


@dataclass(frozen=True, slots=True)
class Asked:
    jql: str
    token: str | None
    most: int
    fields: tuple[str, ...]
    expand: tuple[str, ...]
    properties: tuple[str, ...]
    reconcile: tuple[int, ...]

    @property
    def identity(self) -> str:
        """What must stay the same from page to page."""
        return f"{self.jql}\n{sorted(self.reconcile)}"


def removed(site: Site, call: Call) -> Reply:
    raise RefusalError(410, REMOVED)


def search_get(site: Site, call: Call) -> Reply:
    try:
        most = int(call.one("maxResults") or 50)
        reconcile = tuple(int(part) for part in call.many("reconcileIssues"))
    except ValueError as error:
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.") from error
    asked = Asked(
        jql=call.one("jql"),
        token=call.one("nextPageToken") or None,
        most=most,
        fields=tuple(call.many("fields")),
        expand=tuple(call.many("expand")),
        properties=tuple(call.many("properties")),
        reconcile=reconcile,
    )
    return _page(site, call, asked)


def search_post(site: Site, call: Call) -> Reply:
    body = call.object()
    checked(body, _BODY, closed=True)  # `expand` is one string here, and an array in a bulk fetch
    most = body.get("maxResults")
    asked = Asked(
        jql=body.get("jql") or "",
        token=body.get("nextPageToken") or None,
        most=50 if most is None else most,
        fields=tuple(body.get("fields") or ()),
        expand=tuple(part.strip() for part in (body.get("expand") or "").split(",") if part.strip()),
        properties=tuple(body.get("properties") or ()),
        reconcile=tuple(body.get("reconcileIssues") or ()),
    )
    return _page(site, call, asked)


def approximate_count(site: Site, call: Call) -> Reply:
    jql = call.object().get("jql")
    if not isinstance(jql, str):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    found = _found(site, call, _bounded(jql), ())
    return answer({"count": len(found.issues)})


def _bounded(jql: str) -> Query:
    query = read_query(jql)
    if query.where is None:
        raise bad(_UNBOUNDED)
    if len(query.order) > 7:
        raise bad("The maximum number of fields in the ORDER BY clause is 7.")
    return query


def _found(site: Site, call: Call, query: Query, reconcile: tuple[int, ...]) -> Hits:
    found = hits(site, call, query, reconcile)
    if found.problems and site.options.semantic_errors == "error":
        raise RefusalError(400, *found.problems)
    return found


def _page(site: Site, call: Call, asked: Asked) -> Reply:
    if not 1 <= asked.most <= _MOST:
        raise bad("The max results parameter has to be between 1 and 5,000.")
    if len(asked.reconcile) > 50:
        raise bad("The number of issues to reconcile must not exceed 50.")
    if len(asked.properties) > 5:
        raise bad("The number of properties must not exceed 5.")
    query = _bounded(asked.jql)
    cursor = _cursor(site, call, asked)
    found = _found(site, call, query, asked.reconcile).issues
    start = _start(site, found, cursor)
    picked = shape.selection(asked.fields, default="id")
    size = asked.most if picked.fields is None else min(asked.most, site.options.page_cap)
    if site.options.short_pages and site.random.random() < site.options.short_pages:
        size = site.random.randint(1, size)
    rows = found[start : start + size]
    more = start + size < len(found)
    shown = [
        expanded(site, call, issue, picked, asked.expand, asked.properties, histories=_HISTORIES) for _, issue in rows
    ]
    body: dict[str, Json] = {"issues": shown}
    explained(body, picked, asked.expand)
    token = _next_token(site, call, asked, rows, start + size) if more else None
    if token is not None or site.options.last_token == "null":
        body["nextPageToken"] = token
    body["isLast"] = more if site.options.lying_is_last else not more
    return answer(body)


def _cursor(site: Site, call: Call, asked: Asked) -> Cursor | None:
    if asked.token is None:
        return None
    identity = _identity(call, asked)
    cursor = site.cursors.find(asked.token, identity, site.clock.now(), site.options.token_lifetime)
    if cursor is None:
        raise bad("The provided next page token is invalid or has expired.")
    return cursor


def _identity(call: Call, asked: Asked) -> str:
    return f"{call.user.key if call.user else ''}\n{asked.identity}"


def _start(site: Site, found: tuple[tuple[tuple[Any, ...], Issue], ...], cursor: Cursor | None) -> int:
    if cursor is None:
        return 0
    if site.options.cloud_drift or site.options.shuffled_ties:
        return cursor.position
    return bisect_right(found, cursor.after, key=lambda row: row[0])


def _next_token(
    site: Site, call: Call, asked: Asked, rows: tuple[tuple[tuple[Any, ...], Issue], ...], position: int
) -> str:
    if site.options.repeat_token and asked.token is not None:
        return asked.token
    after = rows[-1][0]
    return site.cursors.issue(Cursor(_identity(call, asked), site.clock.now(), after, position))
