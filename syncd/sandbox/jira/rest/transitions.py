"""From status to status: what is possible now, for this caller, and with which fields (facts 6.1 to 6.3)."""

from __future__ import annotations

from syncd.sandbox.jira.fields import FIELDS
from syncd.sandbox.jira.model import Issue, Json
from syncd.sandbox.jira.refusals import bad
from syncd.sandbox.jira.rest.find import caller, the_issue
from syncd.sandbox.jira.rest.inputs import comments_in, read_fields
from syncd.sandbox.jira.rest.screens import field_meta
from syncd.sandbox.jira.shapes import values
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, nothing
from syncd.sandbox.jira.workflow import Transition, transitions


def transitions_of(site: Site, call: Call, issue: Issue, *, with_fields: bool) -> list[Json]:
    """Without permission the list is empty, and that is a 200."""
    if not site.access.may(call.user, "transition", issue):
        return []
    project = site.world.projects[issue.project]
    return [_shown(site, call, issue, t, with_fields) for t in transitions(issue, project)]


def listed(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    shown = transitions_of(site, call, issue, with_fields="transitions.fields" in call.many("expand"))
    wanted = call.one("transitionId")
    return answer({"expand": "transitions", "transitions": [t for t in shown if not wanted or t["id"] == wanted]})


def do(site: Site, call: Call) -> Reply:
    issue = the_issue(site, call)
    user = caller(site, call)
    body = call.object()
    asked = body.get("transition")
    if not isinstance(asked, dict) or "id" not in asked:
        raise bad("Missing 'transition' identifier")
    project = site.world.projects[issue.project]
    possible = transitions(issue, project) if site.access.may(user, "transition", issue) else ()
    transition = next((t for t in possible if t.id == str(asked["id"])), None)
    if transition is None:
        raise bad(
            "It seems that you have tried to perform an illegal workflow operation. The transition is not valid for "
            "the current state of the issue, or you do not have permission to perform it."
        )
    fields = read_fields(site, call, body, transition.screen, project, issue)
    if transition.has_screen and site.options.resolution_required and not fields.get("resolution"):
        raise bad(resolution="Resolution is required.")
    comments = comments_in(site, body, call)
    site.writer.transition(issue, transition.to, fields, user, metadata=body.get("historyMetadata"))
    for text in comments:
        site.writer.comment(site.world.issues[issue.id], text, user)
    return nothing()


def _shown(site: Site, call: Call, issue: Issue, transition: Transition, with_fields: bool) -> Json:
    shape: dict[str, Json] = {
        "id": transition.id,
        "name": transition.name,
        "to": values.status(transition.to, site.view(call)),
    }
    if site.options.flavour == "cloud":
        shape |= {"hasScreen": transition.has_screen, "isGlobal": transition.global_, "isInitial": False}
        shape |= {"isAvailable": True, "isConditional": False, "isLooped": False}
    if with_fields:
        project = site.world.projects[issue.project]
        required = site.options.resolution_required
        shape["fields"] = {
            name: field_meta(FIELDS[name], site, call, project, required=required and name == "resolution")
            for name in sorted(transition.screen)
        }
    return shape
