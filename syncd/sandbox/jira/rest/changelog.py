"""What happened to an issue. The page is oldest first, the expansion newest first (facts 1.23, 1.24)."""

from __future__ import annotations

from syncd.sandbox.jira.model import Issue, Json
from syncd.sandbox.jira.refusals import bad
from syncd.sandbox.jira.rest.find import the_issue
from syncd.sandbox.jira.shapes.changelog import history
from syncd.sandbox.jira.shapes.view import View
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer
from syncd.sandbox.jira.web.schema import Kind, checked


def newest_first(issue: Issue, view: View, most: int | None) -> Json:
    shown = [history(h, view) for h in reversed(issue.history)][:most]
    return {"startAt": 0, "maxResults": len(shown), "total": len(issue.history), "histories": shown}


def page(site: Site, call: Call) -> Reply:
    issue, view = the_issue(site, call), site.view(call)
    start, most = call.number("startAt", 0), min(max(call.number("maxResults", 100), 1), 100)
    rows = issue.history[start : start + most]
    return answer(
        {
            "self": view.link(f"issue/{issue.id}/changelog?maxResults={most}&startAt={start}"),
            "maxResults": most,
            "startAt": start,
            "total": len(issue.history),
            "isLast": start + len(rows) >= len(issue.history),
            "values": [history(h, view) for h in rows],
        }
    )


_BODY: dict[str, Kind] = {
    "issueIdsOrKeys": (list, str),
    "fieldIds": (list, str),
    "maxResults": int,
    "nextPageToken": str,
}


def bulk_fetch(site: Site, call: Call) -> Reply:
    """Here `created` is a number: milliseconds since the epoch, whatever the schema says (facts 1.24)."""
    body = call.object()
    wanted, fields = body.get("issueIdsOrKeys"), body.get("fieldIds") or []
    checked(body, _BODY, closed=True)
    if not wanted or not 1 <= len(wanted) <= 1000 or len(fields) > 10:
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    most = body.get("maxResults") or 1000
    if not 1 <= most <= 10_000:
        raise bad("The max results parameter has to be between 1 and 10,000.")
    token = body.get("nextPageToken") or "0"
    if not str(token).isdecimal():
        raise bad("The provided next page token is invalid or has expired.")
    view, start = site.view(call), int(token)
    issues = {i.id: i for handle in wanted if (i := site.world.issue(str(handle))) and site.access.sees(call.user, i)}
    rows = [
        (issue.id, entry)
        for _, issue in sorted(issues.items())
        for entry in issue.history
        if not fields or any(change.field_id in fields for change in entry.items)
    ]
    grouped: dict[int, list[Json]] = {}
    for issue_id, entry in rows[start : start + most]:
        shape = history(entry, view) | {"created": int(entry.created.timestamp() * 1000)}
        grouped.setdefault(issue_id, []).append(shape)
    logs = [{"issueId": str(issue_id), "changeHistories": shapes} for issue_id, shapes in grouped.items()]
    answered: dict[str, Json] = {"issueChangeLogs": logs}
    if start + most < len(rows):
        answered["nextPageToken"] = str(start + most)
    return answer(answered)
