"""Remote links: one per globalId, updated by POSTing it again; without a globalId every POST adds one (facts 6.9)."""

from __future__ import annotations

from collections.abc import Mapping

from syncd.sandbox.jira.model import Issue, Json, RemoteLink
from syncd.sandbox.jira.refusals import RefusalError, bad
from syncd.sandbox.jira.rest.find import must_be_allowed, the_issue
from syncd.sandbox.jira.shapes.view import View
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, nothing

_DENIED = "You do not have permission to link issues in this project."
_MOST = 2000


def listed(site: Site, call: Call) -> Reply:
    issue, view = the_issue(site, call), site.view(call)
    if call.has("globalId"):
        found = next((link for link in issue.remote_links if link.global_id == call.one("globalId")), None)
        if found is None:
            raise RefusalError(404, "No remote link exists with that global id")
        return answer(_shown(found, issue, view))
    return answer([_shown(link, issue, view) for link in issue.remote_links])


def one(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    return answer(_shown(_found(issue, call), issue, site.view(call)))


def put_by_global_id(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    must_be_allowed(site, call, "edit", issue, _DENIED)
    if len(issue.remote_links) >= _MOST:
        raise RefusalError(413, f"The issue has reached the limit of {_MOST} remote links.")
    body = call.object()
    global_id = body.get("globalId")
    known = next((link for link in issue.remote_links if global_id and link.global_id == global_id), None)
    if known is not None:
        updated = _read(body, known.id)
        links = tuple(updated if link.id == known.id else link for link in issue.remote_links)
    else:
        updated = _read(body, site.world.new_number("link"))
        links = (*issue.remote_links, updated)
    site.writer.set_remote_links(issue, links)
    link = site.view(call).link(f"issue/{issue.key}/remotelink/{updated.id}")
    return answer({"id": updated.id, "self": link}, 200 if known else 201)


def put(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    must_be_allowed(site, call, "edit", issue, _DENIED)
    known = _found(issue, call)
    updated = _read(call.object(), known.id)
    site.writer.set_remote_links(issue, tuple(updated if link.id == known.id else link for link in issue.remote_links))
    return nothing()


def delete(site: Site, call: Call) -> Reply:
    """One by id, or the one with `globalId`. Wants a Content-Type although it has no body (facts 6.9)."""
    if "content-type" not in call.headers:
        raise RefusalError(415, body={"message": "Unsupported Media Type", "status-code": 415})
    issue = the_issue(site, call)
    must_be_allowed(site, call, "edit", issue, _DENIED)
    if "link" in call.params:
        gone = _found(issue, call)
    else:
        wanted = call.one("globalId")
        found = next((link for link in issue.remote_links if wanted and link.global_id == wanted), None)
        if found is None:
            raise RefusalError(404, "No remote link exists with that global id")
        gone = found
    site.writer.set_remote_links(issue, tuple(link for link in issue.remote_links if link.id != gone.id))
    return nothing()


def _found(issue: Issue, call: Call) -> RemoteLink:
    for link in issue.remote_links:
        if str(link.id) == call.params["link"]:
            return link
    raise RefusalError(404, f"No remote link exists with id '{call.params['link']}'")


def _read(body: Mapping[str, Json], number: int) -> RemoteLink:
    """Everything that is left out becomes null, also when a link is updated."""
    target = body.get("object")
    errors = {
        name: f"'{name}' is required."
        for name in ("title", "url")
        if not isinstance(target, dict) or not isinstance(target.get(name), str) or not target[name].strip()
    }
    global_id = body.get("globalId")
    if global_id is not None and (not isinstance(global_id, str) or len(global_id) > 255):
        errors["globalId"] = "'globalId' must not be longer than 255 characters."
    if errors:
        raise bad(**errors)
    assert isinstance(target, dict)
    return RemoteLink(number, global_id, body.get("application") or {}, body.get("relationship"), target)


def _shown(link: RemoteLink, issue: Issue, view: View) -> Json:
    shape: dict[str, Json] = {"id": link.id, "self": view.link(f"issue/{issue.key}/remotelink/{link.id}")}
    if link.global_id is not None:
        shape["globalId"] = link.global_id
    shape["application"] = dict(link.application)
    if link.relationship is not None:
        shape["relationship"] = link.relationship
    icon, status = link.object.get("icon") or {}, link.object.get("status") or {"icon": {}}
    return shape | {"object": {**link.object, "icon": icon, "status": status}}
