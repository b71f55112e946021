"""Which fields can be set where, and what create and edit metadata say of them (facts 5.9, 6.1)."""

from __future__ import annotations

from typing import Any

from syncd.sandbox.jira.fields import FIELDS, Field, schema_of
from syncd.sandbox.jira.model import Issue, Json, Project
from syncd.sandbox.jira.refusals import RefusalError
from syncd.sandbox.jira.rest.find import caller, the_issue, the_project
from syncd.sandbox.jira.shapes import values
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer

EDIT_SCREEN = frozenset(field.id for field in FIELDS.values() if field.editable)
CREATE_SCREEN = EDIT_SCREEN | {"project", "parent"}
_REQUIRED = ("summary", "issuetype", "project")


def field_meta(field: Field, site: Site, call: Call, project: Project, *, required: bool) -> Json:
    meta: dict[str, Json] = {
        "required": required,
        "schema": schema_of(field),
        "name": field.name,
        "key": field.id,
        "hasDefaultValue": field.id == "priority",
        "operations": ["add", "set", "remove"] if field.kind in ("labels", "components", "versions") else ["set"],
    }
    allowed = _allowed(field, site, project)
    if allowed is not None:
        view = site.view(call)
        meta["allowedValues"] = [values.shown(value, view) for value in allowed]
    return meta


def edit_meta(site: Site, call: Call, issue: Issue) -> Json:
    project = site.world.projects[issue.project]
    fields = [FIELDS[name] for name in FIELDS if name in EDIT_SCREEN]
    if not site.access.may(call.user, "edit", issue):
        fields = []
    return {"fields": {f.id: field_meta(f, site, call, project, required=f.id == "summary") for f in fields}}


def edit_meta_page(site: Site, call: Call) -> Reply:
    return answer(edit_meta(site, call, the_issue(site, call)))


def create_types(site: Site, call: Call) -> Reply:
    caller(site, call)
    project, view = the_project(site, call), site.view(call)
    shapes = [values.issue_type(t, view) for t in project.issue_types]
    return _paged(site, call, shapes, "issueTypes")


def create_fields(site: Site, call: Call) -> Reply:
    caller(site, call)
    project = the_project(site, call)
    if call.params["type"] not in {t.id for t in project.issue_types}:
        raise RefusalError(400, "The issue type is not valid for this project.")
    fields = [FIELDS[name] for name in FIELDS if name in CREATE_SCREEN]
    metas = [field_meta(f, site, call, project, required=f.id in _REQUIRED) | {"fieldId": f.id} for f in fields]
    return _paged(site, call, metas, "fields")


def create_meta(site: Site, call: Call) -> Reply:
    """The global one: deprecated on Cloud, gone from Data Center 9."""
    caller(site, call)
    view = site.view(call)
    keys = {key.upper() for key in call.many("projectKeys")}
    projects = [
        p
        for p in site.world.projects.values()
        if site.access.sees_project(call.user, p) and (not keys or p.key in keys)
    ]
    shapes = [
        values.project(p, view) | {"issuetypes": [values.issue_type(t, view) for t in p.issue_types]} for p in projects
    ]
    return answer({"expand": "projects", "projects": shapes})


def _paged(site: Site, call: Call, shapes: list[Json], cloud_name: str) -> Reply:
    """Cloud names the list after what is in it, Data Center calls it `values` (facts 5.9)."""
    start, most = call.number("startAt", 0), min(call.number("maxResults", 50), 200)
    rows = shapes[start : start + most]
    body: dict[str, Json] = {"maxResults": most, "startAt": start, "total": len(shapes)}
    if site.options.flavour == "cloud":
        return answer(body | {cloud_name: rows})
    return answer(body | {"isLast": start + len(rows) >= len(shapes), "values": rows})


def _allowed(field: Field, site: Site, project: Project) -> list[Any] | None:
    match field.kind:
        case "priority":
            return sorted(site.world.priorities.values(), key=lambda p: int(p.id))
        case "resolution":
            return list(site.world.resolutions.values())
        case "issuetype":
            return list(project.issue_types)
        case "components":
            return list(project.components)
        case "versions":
            return list(project.versions)
        case "option" | "options" | "cascade":
            return list(field.options)
        case _:
            return None
