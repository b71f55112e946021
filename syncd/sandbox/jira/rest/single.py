"""One of what a list lists, by id: a status, a priority, a type; roles of a project; what else clients read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from syncd.sandbox.jira.catalog import CATEGORIES
from syncd.sandbox.jira.fields import FIELDS, described, schema_of
from syncd.sandbox.jira.model import Json
from syncd.sandbox.jira.refusals import RefusalError, bad
from syncd.sandbox.jira.rest.find import caller, the_issue, the_project
from syncd.sandbox.jira.shapes import values
from syncd.sandbox.jira.shapes.changelog import history
from syncd.sandbox.jira.shapes.view import View
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, paged

_FIRST_ROLE = 10002
_RESERVED = ("and", "empty", "in", "is", "not", "null", "or", "order")


def _one(site: Site, call: Call, kind: str, known: Iterable[Any], shape: Callable[[Any, View], Json]) -> Reply:
    """By id, or by name in any case where Jira takes one."""
    caller(site, call)
    wanted = call.params["id"]
    for value in known:
        if str(value.id) == wanted or (kind == "status" and value.name.casefold() == wanted.casefold()):
            return answer(shape(value, site.view(call)))
    raise RefusalError(404, f"The {kind} with id '{wanted}' does not exist")


def status(site: Site, call: Call) -> Reply:
    return _one(site, call, "status", site.world.statuses.values(), values.status)


def category(site: Site, call: Call) -> Reply:
    return _one(site, call, "status category", CATEGORIES.values(), values.category)


def priority(site: Site, call: Call) -> Reply:
    return _one(site, call, "priority", site.world.priorities.values(), values.priority)


def resolution(site: Site, call: Call) -> Reply:
    return _one(site, call, "resolution", site.world.resolutions.values(), values.resolution)


def issue_type(site: Site, call: Call) -> Reply:
    return _one(site, call, "issue type", site.world.issue_types.values(), values.issue_type)


def security_level(site: Site, call: Call) -> Reply:
    return _one(site, call, "security level", site.world.security_levels.values(), values.security)


def status_page(site: Site, call: Call) -> Reply:
    """Another form than that of an issue's status: the category is one word."""
    caller(site, call)
    words = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
    rows: list[Json] = [
        {
            "id": one.id,
            "name": one.name,
            "statusCategory": words.get(one.category.key, "TODO"),
            "scope": {"type": "GLOBAL"},
            "description": one.description,
        }
        for one in site.world.statuses.values()
    ]
    return paged(call, rows, 200)


def field_page(site: Site, call: Call) -> Reply:
    caller(site, call)
    wanted, text = call.many("id"), call.one("query").casefold()
    rows: list[Json] = [
        {"id": field.id, "key": field.id, "name": field.name, "schema": schema_of(field), "description": ""}
        for field in FIELDS.values()
        if (not wanted or field.id in wanted) and text in field.name.casefold()
    ]
    return paged(call, rows)


def project_roles(site: Site, call: Call) -> Reply:
    """Addresses by name."""
    project, view = the_project(site, call), site.view(call)
    return answer(
        {role: view.link(f"project/{project.id}/role/{n}") for n, role in enumerate(project.roles, _FIRST_ROLE)}
    )


def project_role(site: Site, call: Call) -> Reply:
    project, view = the_project(site, call), site.view(call)
    for number, (name, members) in enumerate(project.roles.items(), _FIRST_ROLE):
        if str(number) == call.params["role"]:
            users = [user for key in sorted(members) if (user := site.people.get(key)) is not None]
            actors = [
                {"id": n, "displayName": user.display_name, "type": "atlassian-user-role-actor"}
                | ({"actorUser": {"accountId": user.account_id}} if view.cloud else {"name": user.name})
                for n, user in enumerate(users, 10100)
            ]
            link = view.link(f"project/{project.id}/role/{number}")
            return answer({"self": link, "name": name, "id": number, "description": "", "actors": actors})
    raise RefusalError(404, "Can not find the project role.")


def recent_projects(site: Site, call: Call) -> Reply:
    caller(site, call)
    view = site.view(call)
    seen = [p for p in site.world.projects.values() if p.state == "live" and site.access.sees_project(call.user, p)]
    return answer([values.project(project, view) for project in seen[:20]])


def changes_by_id(site: Site, call: Call) -> Reply:
    issue, view = the_issue(site, call), site.view(call)
    wanted = call.object().get("changelogIds")
    if not (isinstance(wanted, list) and wanted and all(isinstance(one, int) for one in wanted)):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    found = [history(one, view) for one in issue.history if int(one.id) in wanted]
    return answer({"startAt": 0, "maxResults": len(found), "total": len(found), "histories": found})


def worklogs_deleted(site: Site, call: Call) -> Reply:
    since, until = call.number("since", 0), int(site.clock.now().timestamp() * 1000)
    link = site.view(call).link(f"worklog/deleted?since={since}")
    return answer({"values": [], "since": since, "until": until, "self": link, "lastPage": True})


def worklogs_by_id(site: Site, call: Call) -> Reply:
    """Nobody logs work here."""
    caller(site, call)
    if not isinstance(call.object().get("ids"), list):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    return answer([])


def query_words(site: Site, call: Call) -> Reply:
    """What an editor of queries offers."""
    caller(site, call)
    shown = [
        {
            "value": f'"{field.name}"' if " " in field.name else field.name,
            "displayName": f"{field.name} - {field.name}" if field.custom else field.name,
            "orderable": "true" if field.editable else "false",
            "searchable": "true",
            "operators": ["=", "!=", "in", "not in", "is", "is not"],
            "types": ["java.lang.String"],
            **({"cfid": described(field, site.options.flavour)["clauseNames"][0]} if field.custom else {}),
        }
        for field in FIELDS.values()
    ]
    return answer({"visibleFieldNames": shown, "visibleFunctionNames": [], "jqlReservedWords": list(_RESERVED)})
