"""Small routes that clients read in passing: permissions, link types, roles, watchers, worklogs, the session."""

from __future__ import annotations

from syncd.sandbox.jira.catalog import LINK_TYPES
from syncd.sandbox.jira.refusals import RefusalError, bad
from syncd.sandbox.jira.rest.find import caller, the_issue
from syncd.sandbox.jira.shapes.view import person
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, paged

_RIGHTS = {
    "BROWSE_PROJECTS": ("10", "Browse Projects", "browse"),
    "CREATE_ISSUES": ("11", "Create Issues", "create"),
    "EDIT_ISSUES": ("12", "Edit Issues", "edit"),
    "TRANSITION_ISSUES": ("46", "Transition Issues", "transition"),
    "ADD_COMMENTS": ("15", "Add Comments", "comment"),
    "CREATE_ATTACHMENTS": ("19", "Create Attachments", "attach"),
    "DELETE_ISSUES": ("16", "Delete Issues", "delete"),
    "ADMINISTER": ("0", "Administer Jira", "administer"),
}


def my_permissions(site: Site, call: Call) -> Reply:
    """For one project or issue, or in any at all. Cloud wants to be told which permissions are meant."""
    asked = call.many("permissions")
    if site.options.flavour == "cloud" and not asked:
        raise bad("The 'permissions' query parameter is required.")
    if unknown := [key for key in asked if key not in _RIGHTS]:
        raise bad(f"Unrecognized permission: {unknown[0]}")
    keys = _projects(site, call)
    shown = {}
    for key in asked or _RIGHTS:
        number, name, right = _RIGHTS[key]
        kind = "GLOBAL" if right == "administer" else "PROJECT"
        shape = {"id": number, "key": key, "name": name, "type": kind, "description": name}
        shown[key] = {**shape, "havePermission": _has(site, call, right, keys)}
    return answer({"permissions": shown})


def _projects(site: Site, call: Call) -> list[str]:
    if call.has("issueKey") or call.has("issueId"):
        call.params = {**call.params, "issue": call.one("issueKey") or call.one("issueId")}
        return [the_issue(site, call).project]
    if not (call.has("projectKey") or call.has("projectId")):
        return list(site.world.projects)
    project = site.world.project(call.one("projectKey") or call.one("projectId"))
    if project is None or not site.access.sees_project(call.user, project):
        raise RefusalError(404, f"No project could be found with key '{call.one('projectKey')}'.")
    return [project.key]


def _has(site: Site, call: Call, right: str, keys: list[str]) -> bool:
    if call.user is None:
        return False
    if right == "administer":
        return "jira-administrators" in call.user.groups
    visible = [key for key in keys if site.access.sees_project(call.user, site.world.projects[key])]
    return any((call.user.key, key) not in site.access.denied.get(right, ()) for key in visible)


def link_types(site: Site, call: Call) -> Reply:
    view = site.view(call)
    types = [{**t, "self": view.link(f"issueLinkType/{t['id']}")} for t in LINK_TYPES]
    return answer({"issueLinkTypes": types if call.user else []})


def watchers(site: Site, call: Call) -> Reply:
    issue, view = the_issue(site, call), site.view(call)
    watching = [view.user(key) for key in (issue.fields.get("creator"),) if key]
    link = view.link(f"issue/{issue.key}/watchers")
    return answer({"self": link, "isWatching": False, "watchCount": len(watching), "watchers": watching})


def worklog(site: Site, call: Call) -> Reply:
    the_issue(site, call)
    return answer({"startAt": 0, "maxResults": 5000, "total": 0, "worklogs": []})


def worklogs_updated(site: Site, call: Call) -> Reply:
    since, until = call.number("since", 0), int(site.clock.now().timestamp() * 1000)
    link = site.view(call).link(f"worklog/updated?since={since}")
    return answer({"values": [], "since": since, "until": until, "self": link, "lastPage": True})


def roles(site: Site, call: Call) -> Reply:
    caller(site, call)
    names = sorted({role for project in site.world.projects.values() for role in project.roles})
    view = site.view(call)
    return answer([{"self": view.link(f"role/{n}"), "name": name, "id": n} for n, name in enumerate(names, 10002)])


def project_categories(site: Site, call: Call) -> Reply:
    view = site.view(call)
    found = {p.category["id"]: p.category for p in site.world.projects.values() if p.category}
    return answer([{"self": view.link(f"projectCategory/{key}"), **category} for key, category in found.items()])


def group_members(site: Site, call: Call) -> Reply:
    caller(site, call)
    view, group = site.view(call), call.one("groupname") or call.one("groupId")
    members = [user for user in site.people if group in user.groups]
    if not members:
        raise RefusalError(404, f"The group named '{group}' does not exist.")
    return paged(call, [person(user, view) for user in members])


def groups(site: Site, call: Call) -> Reply:
    caller(site, call)
    names = sorted({group for user in site.people for group in user.groups})
    return paged(call, [{"name": name, "groupId": name} for name in names])


def labels(site: Site, call: Call) -> Reply:
    seen = {label for i in site.world.issues.values() if site.access.sees(call.user, i) for label in i.fields["labels"]}
    return paged(call, sorted(seen), 1000)


def votes(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    link = site.view(call).link(f"issue/{issue.key}/votes")
    return answer({"self": link, "votes": 0, "hasVoted": False, "voters": []})


def session(site: Site, call: Call) -> Reply:
    user = caller(site, call)
    link = f"{call.base}/rest/api/latest/user?username={user.name}"
    return answer({"self": link, "name": user.name, "loginInfo": {"loginCount": 1, "failedLoginCount": 0}})


def application_links(site: Site, call: Call) -> Reply:
    """For administrators only; the integration user usually is none (facts 11.13)."""
    user = caller(site, call)
    if "jira-administrators" not in user.groups:
        raise RefusalError(403, body={"message": "Client must be an administrator.", "status-code": 403})
    return answer({"list": []})
