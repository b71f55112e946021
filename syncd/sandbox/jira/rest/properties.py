"""Entity properties of issues and comments: what programs remember beside them, unseen by people (facts 6.6, 6.10)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from syncd.sandbox.jira.model import Comment, Issue, Json
from syncd.sandbox.jira.refusals import RefusalError, bad
from syncd.sandbox.jira.rest.find import the_comment, the_issue
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, nothing

_KEY_LIMIT = 255
_VALUE_LIMIT = 32_768


def check_property(key: Json, value: Json) -> None:
    if not isinstance(key, str) or not 1 <= len(key) <= _KEY_LIMIT:
        raise bad("The property key must be between 1 and 255 characters long.")
    if len(json.dumps(value)) > _VALUE_LIMIT:
        raise bad("The property value must not be longer than 32768 characters.")


def issue_keys(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    base = site.view(call).link(f"issue/{issue.id}/properties")
    return answer({"keys": [{"self": f"{base}/{key}", "key": key} for key in issue.properties]})


def issue_get(site: Site, call: Call) -> Reply:
    return _shown(call, the_issue(site, call).properties)


def issue_put(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    _may_edit(site, call, issue)
    key, value = call.params["key"], _value(call)
    status = 200 if key in issue.properties else 201
    site.writer.set_property(issue, key, value)
    return Reply(status)


def issue_delete(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    _may_edit(site, call, issue)
    _shown(call, issue.properties)
    site.writer.set_property(issue, call.params["key"], None)
    return nothing()


def comment_keys(site: Site, call: Call) -> Reply:
    comment = _found(site, call)[1]
    base = site.view(call).link(f"comment/{comment.id}/properties")
    return answer({"keys": [{"self": f"{base}/{key}", "key": key} for key in comment.properties]})


def comment_get(site: Site, call: Call) -> Reply:
    return _shown(call, _found(site, call)[1].properties)


def comment_put(site: Site, call: Call) -> Reply:
    issue, comment = _found(site, call)
    _may_edit(site, call, issue)
    key, value = call.params["key"], _value(call)
    status = 200 if key in comment.properties else 201
    site.writer.set_comment_property(issue, comment, key, value)
    return Reply(status)


def comment_delete(site: Site, call: Call) -> Reply:
    issue, comment = _found(site, call)
    _may_edit(site, call, issue)
    _shown(call, comment.properties)
    site.writer.set_comment_property(issue, comment, call.params["key"], None)
    return nothing()


def _found(site: Site, call: Call) -> tuple[Issue, Comment]:
    held = site.world.comment(call.params["comment"])
    if held is None:
        raise RefusalError(404, f"Can not find a comment for the id: {call.params['comment']}.")
    call.params = {**call.params, "issue": str(held[0].id)}
    issue = the_issue(site, call)
    return issue, the_comment(site, call, issue)


def _may_edit(site: Site, call: Call, issue: Issue) -> None:
    if call.user is None or not site.access.may(call.user, "edit", issue):
        raise RefusalError(403, "You do not have permission to edit this issue.")


def _value(call: Call) -> Json:
    value = call.json()
    check_property(call.params["key"], value)
    return value


def _shown(call: Call, properties: Mapping[str, Json]) -> Reply:
    key = call.params["key"]
    if key not in properties:
        raise RefusalError(404, f"The property {key} does not exist.")
    return answer({"key": key, "value": properties[key]})
