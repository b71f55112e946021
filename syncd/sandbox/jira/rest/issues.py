"""Reading issues: one, and up to a hundred at once. Both see the world as it is, not as the index remembers it."""

from __future__ import annotations

from syncd.sandbox.jira.model import Issue, Json
from syncd.sandbox.jira.refusals import bad
from syncd.sandbox.jira.rest.expansions import expanded, explained
from syncd.sandbox.jira.rest.find import the_issue
from syncd.sandbox.jira.shapes import issue as shape
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer
from syncd.sandbox.jira.web.schema import Kind, checked, invalid

_BULK_BODY: dict[str, Kind] = {
    "issueIdsOrKeys": (list, str),
    "fields": (list, str),
    "expand": (list, str),
    "properties": (list, str),
    "fieldsByKeys": bool,
}
_BULK_HISTORIES = 40


def one(site: Site, call: Call) -> Reply:
    issue, view = the_issue(site, call), site.view(call)
    expand = call.many("expand")
    picked = shape.selection(call.many("fields"), default="*all")
    shown = expanded(site, call, issue, picked, expand, call.many("properties"), histories=100 if view.cloud else None)
    explained(shown, picked, expand)
    _say_archived(issue, shown, site, call)
    return answer(shown)


def bulk_fetch(site: Site, call: Call) -> Reply:
    """In ascending order of ids; what is gone or hidden is left out without a word (facts 1.18, 1.19)."""
    body = call.object()
    wanted = body.get("issueIdsOrKeys")
    checked(body, _BULK_BODY, closed=True)
    if not isinstance(wanted, list):
        raise invalid()
    if not 1 <= len(wanted) <= 100:
        raise bad("The number of issues to fetch must be between 1 and 100.")
    fields, expand, properties = (body.get(name) or [] for name in ("fields", "expand", "properties"))
    picked = shape.selection(fields, default="*navigable")
    found: dict[int, Issue] = {}
    for handle in wanted:
        issue = site.world.issue(handle)
        if issue is not None and site.access.sees(call.user, issue):
            found[issue.id] = issue
    shown = [
        expanded(site, call, issue, picked, expand, properties, histories=_BULK_HISTORIES)
        for _, issue in sorted(found.items())
    ]
    return answer(explained({"issues": shown, "issueErrors": []}, picked, expand))


def _say_archived(issue: Issue, shown: Json, site: Site, call: Call) -> None:
    if issue.archived is not None and "fields" in shown:
        view = site.view(call)
        shown["fields"] |= {"archiveddate": view.moment(issue.archived), "archivedby": view.user(issue.archived_by)}
