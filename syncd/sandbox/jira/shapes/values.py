"""The small things that issues name: status, priority, type, project, and the values of fields (facts section 5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from syncd.sandbox.jira.fields import Field
from syncd.sandbox.jira.markup import to_adf
from syncd.sandbox.jira.model import (
    Attachment,
    Category,
    Component,
    IssueType,
    Json,
    Option,
    Priority,
    Project,
    Resolution,
    Rich,
    SecurityLevel,
    Status,
    Version,
)
from syncd.sandbox.jira.shapes.view import View


def category(value: Category, view: View) -> Json:
    shape = {"id": value.id, "key": value.key, "colorName": value.color, "name": value.name}
    return {"self": view.link(f"statuscategory/{value.id}"), **shape}


def status(value: Status, view: View) -> Json:
    return {
        "self": view.link(f"status/{value.id}"),
        "description": value.description,
        "iconUrl": f"{view.base}/images/icons/statuses/generic.png",
        "name": value.name,
        "id": value.id,
        "statusCategory": category(value.category, view),
    }


def priority(value: Priority, view: View) -> Json:
    icon = f"{view.base}/images/icons/priorities/{value.name.lower()}.svg"
    return {"self": view.link(f"priority/{value.id}"), "iconUrl": icon, "name": value.name, "id": value.id}


def resolution(value: Resolution, view: View) -> Json:
    shape = {"id": value.id, "description": value.description, "name": value.name}
    return {"self": view.link(f"resolution/{value.id}"), **shape}


def issue_type(value: IssueType, view: View) -> Json:
    shape: dict[str, Json] = {
        "self": view.link(f"issuetype/{value.id}"),
        "id": value.id,
        "description": value.description,
        "iconUrl": f"{view.base}/secure/viewavatar?size=medium&avatarId=10303&avatarType=issuetype",
        "name": value.name,
        "subtask": value.subtask,
    }
    if view.cloud:
        shape |= {"avatarId": 10303, "hierarchyLevel": -1 if value.subtask else 1 if value.name == "Epic" else 0}
    return shape


def project_of_issue(value: Project, view: View) -> Json:
    """As an issue shows it: Data Center's issues do not say of what kind their project is (facts 5.3)."""
    shape = project(value, view)
    return shape if view.cloud else {name: part for name, part in shape.items() if name != "projectTypeKey"}


def project(value: Project, view: View) -> Json:
    shape: dict[str, Json] = {"self": view.link(f"project/{value.id}"), "id": value.id, "key": value.key}
    shape["name"] = value.name
    shape["projectTypeKey"] = value.type_key
    if view.cloud:
        shape["simplified"] = False
    shape["avatarUrls"] = {
        f"{size}x{size}": f"{view.base}/secure/projectavatar?size={size}" for size in (48, 24, 16, 32)
    }
    if value.category:
        shape["projectCategory"] = {"self": view.link(f"projectCategory/{value.category['id']}"), **value.category}
    return shape


def component(value: Component, view: View) -> Json:
    shape = {"self": view.link(f"component/{value.id}"), "id": value.id, "name": value.name}
    return shape | ({"description": value.description} if value.description else {})


def version(value: Version, view: View) -> Json:
    shape: dict[str, Json] = {"self": view.link(f"version/{value.id}"), "id": value.id}
    shape |= {"description": value.description, "name": value.name}
    shape |= {"archived": value.archived, "released": value.released}
    return shape | ({"releaseDate": value.release_date} if value.release_date else {})


def security(value: SecurityLevel, view: View) -> Json:
    shape = {"id": value.id, "description": value.description, "name": value.name}
    return {"self": view.link(f"securitylevel/{value.id}"), **shape}


def option(value: Option, view: View) -> Json:
    shape: dict[str, Json] = {"self": view.link(f"customFieldOption/{value.id}"), "value": value.value, "id": value.id}
    return shape | ({"child": option(value.child, view)} if value.child else {})


def attachment(value: Attachment, view: View) -> Json:
    if view.cloud:
        content = view.link(f"attachment/content/{value.id}")
    else:
        content = f"{view.base}/secure/attachment/{value.id}/{value.filename.replace(' ', '+')}"
    shape = {
        "self": view.link(f"attachment/{value.id}"),
        "id": value.id,
        "filename": value.filename,
        "author": view.user(value.author),
        "created": view.moment(value.created),
        "size": value.size,
        "mimeType": value.mime_type,
        "content": content,
    }
    if value.mime_type.startswith("image/"):
        thumbnail = f"attachment/thumbnail/{value.id}"
        shape["thumbnail"] = (
            view.link(thumbnail) if view.cloud else f"{view.base}/secure/thumbnail/{value.id}/_thumb_{value.id}.png"
        )
    return shape


def rich(value: Rich, view: View) -> Json:
    """Wiki text in v2, a document in v3."""
    return value.wiki if view.version == 2 else to_adf(value, lambda mention: mentioned(mention, view))


def mentioned(mention: str, view: View) -> tuple[str, str]:
    """Account id and name of whoever `[~…]` names; an unknown one is named by what was written."""
    handle = mention.removeprefix("accountid:")
    user = view.people.find(handle)
    return (user.account_id, user.display_name) if user else (handle, handle)


def sprint(value: Json, view: View) -> Json:
    """An object on Cloud, the text of a Java object on old servers (facts 5.6)."""
    if view.cloud:
        return {"id": int(value["id"]), "boardId": 1, "goal": "", "state": "closed", **value}
    inner = ",".join(f"{name}={value.get(name, '<null>')}" for name in ("id", "name", "state", "startDate", "endDate"))
    return f"com.atlassian.greenhopper.service.sprint.Sprint@{int(value['id']):x}[{inner}]"


_NAMED: dict[type, Callable[[Any, View], Json]] = {
    Status: status,
    Priority: priority,
    Resolution: resolution,
    IssueType: issue_type,
    Component: component,
    Version: version,
    SecurityLevel: security,
    Option: option,
    Rich: rich,
    Attachment: attachment,
}


def field_value(field: Field, value: Any, view: View) -> Json:
    """Any stored value as the field shows it."""
    if field.kind in ("user", "users"):
        if isinstance(value, tuple):
            return [view.user(key) for key in value]
        return view.user(value)
    if isinstance(value, datetime):
        return view.moment(value)
    if field.kind == "sprints":
        return [sprint(item, view) for item in value] if value else None
    if field.kind == "number":
        return float(value) if value is not None else None
    if isinstance(value, tuple):
        return [shown(item, view) for item in value]
    return shown(value, view)


def shown(value: Any, view: View) -> Json:
    writer = _NAMED.get(type(value))
    return writer(value, view) if writer else value
