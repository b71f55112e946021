"""Data Center's search: by position, over a list sorted anew for every page, capped without a word (1.25 to 1.27)."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.sandbox.jira.model import Json
from syncd.sandbox.jira.refusals import RefusalError, bad
from syncd.sandbox.jira.rest.expansions import expanded, explained
from syncd.sandbox.jira.rest.search import hits, read_query
from syncd.sandbox.jira.shapes import issue as shape
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer
from syncd.sandbox.jira.web.schema import Kind, checked

_BODY: dict[str, Kind] = {
    "jql": str,
    "startAt": int,
    "maxResults": int,
    "fields": (list, str),
    "expand": (list, str),
    "fieldsByKeys": bool,
}


def search_get(site: Site, call: Call) -> Reply:
    return _page(
        site,
        call,
        call.one("jql"),
        call.number("startAt", 0),
        call.number("maxResults", 50),
        call.many("fields"),
        call.many("expand"),
        call.one("validateQuery", "true").lower(),
    )


def search_post(site: Site, call: Call) -> Reply:
    body = call.object()
    unknown = set(body) - {*_BODY, "validateQuery"}
    if unknown:
        field = min(unknown)
        raise bad(f'Unrecognized field "{field}" (Class com.atlassian.jira.rest.v2.search.SearchRequestBean)')
    checked(body, _BODY, closed=False)
    expand, start, most = body.get("expand") or [], body.get("startAt"), body.get("maxResults")
    return _page(
        site,
        call,
        body.get("jql") or "",
        start or 0,
        50 if most is None else most,
        body.get("fields") or [],
        expand,
        str(body.get("validateQuery", True)).lower(),
    )


def _page(
    site: Site,
    call: Call,
    jql: str,
    start: int,
    most: int,
    fields: Iterable[str],
    expand: Iterable[str],
    validate: str,
) -> Reply:
    if start < 0:
        raise bad("The 'startAt' parameter must not be negative.")
    found = hits(site, call, read_query(jql))
    if found.problems and validate in ("true", "strict"):
        raise RefusalError(400, *found.problems)
    size = site.options.views_max if most < 0 else min(most, site.options.views_max)
    picked = shape.selection(fields, default="*navigable")
    expand = list(expand)
    rows = found.issues[start : start + size]
    body: dict[str, Json] = {
        "expand": "schema,names",
        "startAt": start,
        "maxResults": size,
        "total": len(found.issues) + site.options.total_excess,
        "issues": [expanded(site, call, issue, picked, expand) for _, issue in rows],
    }
    if found.problems:
        body["warningMessages"] = list(found.problems)
    return answer(explained(body, picked, expand))
