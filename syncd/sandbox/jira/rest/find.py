"""Finding what a request names, or refusing as if it did not exist. Shared by all routes."""

from __future__ import annotations

from syncd.sandbox.jira.model import Attachment, Comment, Flavour, Issue, Project, User
from syncd.sandbox.jira.refusals import RefusalError, must_log_in, no_comment, no_issue, no_project
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call


def caller(site: Site, call: Call) -> User:
    if call.user is None:
        raise must_log_in(site.options.flavour)
    return call.user


def the_issue(site: Site, call: Call) -> Issue:
    issue = site.world.issue(call.params["issue"])
    if issue is not None and site.access.sees(call.user, issue):
        return issue
    if issue is not None and site.options.flavour is Flavour.DATACENTER and site.options.hidden_status != 404:
        raise RefusalError(site.options.hidden_status, "You do not have the permission to see the specified issue.")
    raise no_issue(site.options.flavour)


def the_comment(site: Site, call: Call, issue: Issue) -> Comment:
    wanted = call.params["comment"]
    for comment in issue.comments:
        if comment.id == wanted and site.access.reads(call.user, issue, comment):
            return comment
    raise no_comment(wanted)


def the_project(site: Site, call: Call) -> Project:
    key = call.params["project"]
    project = site.world.project(key)
    if project is None or project.state == "deleted" or not site.access.sees_project(call.user, project):
        raise no_project(key)
    return project


def the_attachment(site: Site, call: Call) -> tuple[Issue, Attachment]:
    wanted = call.params["attachment"]
    for issue in site.world.issues.values():
        for attachment in issue.attachments:
            if attachment.id == wanted and site.access.sees(call.user, issue):
                return issue, attachment
    raise RefusalError(404, f"The attachment with id '{wanted}' does not exist")


def must_be_allowed(site: Site, call: Call, right: str, issue: Issue, message: str, status: int = 403) -> User:
    """The caller, who may do this. Without a log-in the issue would not have been found.

    Jira answers a missing right with 400 when it edits, comments or transitions, and with 403 otherwise.
    """
    user = caller(site, call)
    if not site.access.may(user, right, issue):
        raise RefusalError(status, message)
    return user
