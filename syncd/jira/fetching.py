"""Raw issues by id, a hundred at a time, in the two dialects.

Cloud's bulk fetch reads the database and leaves out what is gone or hidden. Data Center has no such thing: a search by
id is one call for a hundred issues, but it asks the index, and one id that is gone spoils it with a 400 (jira facts
1.12, 1.28). So there what does not come is asked for one by one before it counts as missing.

An answer that is refused or cut off is asked for again in halves (jira facts 1.21).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from syncd.errors import NotFoundError, RejectedError
from syncd.jira.client import API, CutOffError, JiraClient
from syncd.jira.jql import of_ids
from syncd.jira.judge import ForbiddenError

BATCH = 100
_EXPAND = ["renderedFields", "names"]

Raw = dict[str, Any]


def fetch_raw(client: JiraClient, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Raw]:
    """The issues that are there and visible, by id. `names` is set on each of them."""
    found: dict[str, Raw] = {}
    for start in range(0, len(ids), BATCH):
        found |= _some(client, list(ids[start : start + BATCH]), fields)
    return found


def _some(client: JiraClient, ids: list[str], fields: Sequence[str]) -> dict[str, Raw]:
    if len(ids) == 1 and not client.server.cloud:
        return _each(client, ids, fields)
    try:
        found = _bulk(client, ids, fields) if client.server.cloud else _searched(client, ids, fields)
    except (RejectedError, CutOffError):
        if len(ids) == 1:
            return _each(client, ids, fields)
        half = len(ids) // 2
        return _some(client, ids[:half], fields) | _some(client, ids[half:], fields)
    return found


def _bulk(client: JiraClient, ids: list[str], fields: Sequence[str]) -> dict[str, Raw]:
    body = {"issueIdsOrKeys": ids, "fields": list(fields), "expand": _EXPAND}
    step = f"fetching {len(ids)} issues"
    answer = client.ask(f"{API}/issue/bulkfetch", body, endpoint="fetch", step=step)
    found = _by_id(client, answer, ids, step)
    if answer.get("issueErrors"):  # some failed rather than being gone
        found |= _each(client, [one for one in ids if one not in found], fields)
    return found


def _searched(client: JiraClient, ids: list[str], fields: Sequence[str]) -> dict[str, Raw]:
    body = {"jql": of_ids(ids), "startAt": 0, "maxResults": len(ids), "fields": list(fields), "expand": _EXPAND}
    step = f"fetching {len(ids)} issues"
    found = _by_id(client, client.ask(f"{API}/search", body, endpoint="fetch", step=step), ids, step)
    return found | _each(client, [one for one in ids if one not in found], fields)


def _each(client: JiraClient, ids: Sequence[str], fields: Sequence[str]) -> dict[str, Raw]:
    """One by one; what is gone or hidden is left out."""
    found: dict[str, Raw] = {}
    for one in ids:
        step = f"fetching issue {one}"
        params = {"fields": ",".join(fields), "expand": ",".join(_EXPAND)}
        try:
            raw = client.get(f"{API}/issue/{one}", endpoint="fetch", step=step, params=params)
        except (NotFoundError, ForbiddenError):
            continue
        found |= _by_id(client, {"issues": [raw]}, [one], step)
    return found


def _by_id(client: JiraClient, answer: Any, ids: Sequence[str], step: str) -> dict[str, Raw]:
    asked = set(ids)
    try:
        names = answer.get("names") or {}
        issues = {str(raw["id"]): {**raw, "names": raw.get("names") or names} for raw in answer["issues"]}
    except (KeyError, TypeError, AttributeError) as error:
        raise client.unreadable("sent issues that cannot be read", step) from error
    return {issue: raw for issue, raw in issues.items() if issue in asked}
