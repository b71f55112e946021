"""Creating, editing and deleting issues (facts 6.4, 6.11)."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.sandbox.jira.model import Issue, IssueType, Json, Project
from syncd.sandbox.jira.refusals import RefusalError, bad
from syncd.sandbox.jira.rest.comments import read_properties
from syncd.sandbox.jira.rest.find import caller, must_be_allowed, the_issue
from syncd.sandbox.jira.rest.inputs import comments_in, read_fields
from syncd.sandbox.jira.rest.reader import InputError, Reader
from syncd.sandbox.jira.rest.screens import CREATE_SCREEN, EDIT_SCREEN
from syncd.sandbox.jira.shapes import issue as shape
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, nothing
from syncd.sandbox.jira.web.schema import invalid


def create(site: Site, call: Call) -> Reply:
    issue = _created(site, call, call.object())
    return answer(_named(site, call, issue), 201)


def create_many(site: Site, call: Call) -> Reply:
    """Up to fifty; the good ones are created, the bad ones are listed."""
    wanted = call.object().get("issueUpdates")
    if not isinstance(wanted, list) or not 1 <= len(wanted) <= 50:
        raise bad("The number of issues to create must be between 1 and 50.")
    made: list[Json] = []
    errors: list[Json] = []
    for number, body in enumerate(wanted):
        try:
            if not isinstance(body, dict):
                raise invalid()
            made.append(_named(site, call, _created(site, call, body)))
        except RefusalError as refusal:
            errors.append({"status": 400, "elementErrors": refusal.body, "failedElementNumber": number})
    return answer({"issues": made, "errors": errors}, 201 if made else 400)


def _named(site: Site, call: Call, issue: Issue) -> Json:
    return {"id": str(issue.id), "key": issue.key, "self": site.view(call).link(f"issue/{issue.id}")}


def _created(site: Site, call: Call, body: Mapping[str, Json]) -> Issue:
    user = caller(site, call)
    fields = body.get("fields")
    if not isinstance(fields, dict):
        raise bad("Field 'fields' is required")
    project = _project(site, call, fields.get("project"))
    issue_type = _issue_type(site, call, project, fields.get("issuetype"))
    if "summary" not in fields:
        raise bad(summary="You must specify a summary of the issue.")
    parent = _parent(site, issue_type, fields.get("parent"))
    rest = {name: value for name, value in fields.items() if name not in ("project", "issuetype", "parent")}
    wanted = read_fields(site, call, {**body, "fields": rest}, CREATE_SCREEN, project, None)
    status = project.statuses[0] if project.statuses else next(iter(site.world.statuses.values()))
    return site.writer.create(
        project.key,
        issue_type,
        status,
        wanted,
        user,
        parent=parent,
        properties=read_properties(body.get("properties")),
    )


def edit(site: Site, call: Call) -> Reply:
    """204 and no body; a status in it is refused like any field that is on no screen."""
    issue = the_issue(site, call)
    user = must_be_allowed(site, call, "edit", issue, "You do not have permission to edit issues in this project.", 400)
    if call.one("notifyUsers").lower() == "false" and "jira-administrators" not in user.groups:
        raise RefusalError(
            403, "To discard the user notification either admin or project admin permissions are required."
        )
    body = call.object()
    if not body.get("fields") and not body.get("update") and not body.get("properties"):
        raise bad("one of 'fields' or 'update' required")
    project = site.world.projects[issue.project]
    wanted = read_fields(site, call, body, EDIT_SCREEN, project, issue)
    comments, properties = comments_in(site, body, call), read_properties(body.get("properties"))
    site.writer.edit(issue, wanted, user, metadata=body.get("historyMetadata"))
    for key, value in properties.items():
        site.writer.set_property(site.world.issues[issue.id], key, value)
    for text in comments:
        site.writer.comment(site.world.issues[issue.id], text, user)
    if call.flag("returnIssue") and site.options.flavour == "cloud":
        return answer(shape.issue(site.world.issues[issue.id], site.view(call), shape.selection((), "*all")))
    return nothing()


def assign(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    user = must_be_allowed(site, call, "edit", issue, "You do not have permission to assign issues.")
    body = call.object()
    name = "accountId" if site.options.flavour == "cloud" else "name"
    wanted = {"fields": {"assignee": None if body.get(name) is None else body}}
    fields = read_fields(site, call, wanted, EDIT_SCREEN, site.world.projects[issue.project], issue)
    site.writer.edit(issue, fields, user)
    return nothing()


def delete(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    user = must_be_allowed(site, call, "delete", issue, "You do not have permission to delete issues in this project.")
    if any(True for _ in site.world.children(issue.id)) and not call.flag("deleteSubtasks"):
        raise bad(f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' parameter.")
    site.writer.delete(issue, user)
    return nothing()


def _project(site: Site, call: Call, raw: Json) -> Project:
    handle = (raw.get("key") or raw.get("id")) if isinstance(raw, dict) else None
    project = site.world.project(str(handle)) if handle else None
    if project is None or project.state != "live" or not site.access.sees_project(call.user, project):
        raise bad(project="Specify a valid project ID or key" if handle else "project is required")
    user = caller(site, call)
    if (user.key, project.key) in site.access.denied.get("create", ()):
        raise bad(project="You cannot create issues in this project.")
    return project


def _issue_type(site: Site, call: Call, project: Project, raw: Json) -> IssueType:
    if raw is None:
        raise bad(issuetype="Specify an issue type")
    try:
        found = Reader(site, call.version, project).issue_type(raw)
    except InputError as error:
        raise bad(issuetype=str(error)) from error
    return found


def _parent(site: Site, issue_type: IssueType, raw: Json) -> int | None:
    handle = (raw.get("id") or raw.get("key")) if isinstance(raw, dict) else None
    parent: Issue | None = site.world.issue(str(handle)) if handle else None
    if parent is None and (handle or issue_type.subtask):
        raise bad(parent="Issue type is a sub-task but parent issue key or id not specified.")
    return parent.id if parent else None
