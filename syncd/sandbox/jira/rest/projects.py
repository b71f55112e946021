"""Projects: one, a page of them, all of them, their statuses; archive and trash."""

from __future__ import annotations

from syncd.sandbox.jira.model import Json, Project
from syncd.sandbox.jira.refusals import RefusalError, no_permission
from syncd.sandbox.jira.rest.find import caller, the_project
from syncd.sandbox.jira.shapes import values
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, nothing, paged


def one(site: Site, call: Call) -> Reply:
    return answer(_full(site, call, the_project(site, call)))


def everything(site: Site, call: Call) -> Reply:
    """`/project`: all that the caller sees, as a bare list."""
    view = site.view(call)
    return answer([values.project(p, view) for p in _visible(site, call, {"live"})])


def search(site: Site, call: Call) -> Reply:
    """`/project/search`: a page; for a caller who is nobody an empty one (facts 7.12)."""
    view = site.view(call)
    states = set(call.many("status") or ["live"])
    keys = {key.upper() for key in call.many("keys")}
    text = call.one("query").lower()
    found = [
        p
        for p in _visible(site, call, states)
        if (not keys or p.key in keys) and (text in p.name.lower() or text in p.key.lower())
    ]
    start, most = call.number("startAt", 0), min(call.number("maxResults", 50), 100)
    rows = found[start : start + most]
    return answer(
        {
            "self": view.link(f"project/search?maxResults={most}&startAt={start}"),
            "maxResults": most,
            "startAt": start,
            "total": len(found),
            "isLast": start + len(rows) >= len(found),
            "values": [values.project(p, view) for p in rows],
        }
    )


def statuses(site: Site, call: Call) -> Reply:
    project, view = the_project(site, call), site.view(call)
    shapes = [values.status(s, view) for s in project.statuses]
    listed = []
    for kind in project.issue_types:
        brief = {"self": view.link(f"issuetype/{kind.id}"), "id": kind.id, "name": kind.name, "subtask": kind.subtask}
        listed.append(brief | {"statuses": shapes})
    return answer(listed)


def components(site: Site, call: Call) -> Reply:
    view = site.view(call)
    return answer([values.component(c, view) for c in the_project(site, call).components])


def versions(site: Site, call: Call) -> Reply:
    view = site.view(call)
    return answer([values.version(v, view) for v in the_project(site, call).versions])


def component_page(site: Site, call: Call) -> Reply:
    view = site.view(call)
    return paged(call, [values.component(c, view) for c in the_project(site, call).components])


def version_page(site: Site, call: Call) -> Reply:
    view = site.view(call)
    return paged(call, [values.version(v, view) for v in the_project(site, call).versions])


def types(site: Site, call: Call) -> Reply:
    caller(site, call)
    kinds = (("software", "Software"), ("service_desk", "Service Desk"), ("business", "Business"))
    return answer([{"key": key, "formattedKey": name, "color": "", "icon": ""} for key, name in kinds])


def archive(site: Site, call: Call) -> Reply:
    return _to_state(site, call, "archived")


def delete(site: Site, call: Call) -> Reply:
    """Into the trash: from now on nobody sees it except by `status=deleted`."""
    return _to_state(site, call, "deleted")


def restore(site: Site, call: Call) -> Reply:
    user = caller(site, call)
    project = site.world.project(call.params["project"])
    if project is None or "jira-administrators" not in user.groups:
        raise RefusalError(404, f"No project could be found with key '{call.params['project']}'.")
    site.world.set_project_state(project.key, "live")
    return answer(_full(site, call, site.world.projects[project.key]))


def _to_state(site: Site, call: Call, state: str) -> Reply:
    project = the_project(site, call)
    if "jira-administrators" not in caller(site, call).groups:
        raise no_permission("administer this project")
    site.world.set_project_state(project.key, state)
    return nothing()


def _visible(site: Site, call: Call, states: set[str]) -> list[Project]:
    projects = sorted(site.world.projects.values(), key=lambda p: p.key)
    return [p for p in projects if p.state in states and site.access.sees_project(call.user, p)]


def _full(site: Site, call: Call, project: Project) -> Json:
    view = site.view(call)
    shape = values.project(project, view)
    shape |= {
        "description": "",
        "lead": view.user(project.lead),
        "components": [values.component(c, view) for c in project.components],
        "issueTypes": [values.issue_type(t, view) for t in project.issue_types],
        "assigneeType": "UNASSIGNED",
        "versions": [values.version(v, view) for v in project.versions],
        "roles": {role: view.link(f"project/{project.id}/role/{n}") for n, role in enumerate(project.roles, 10002)},
    }
    if project.state == "archived":
        shape["archived"] = True
    return shape
