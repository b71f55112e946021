"""All routes. The flavour in a line is the one that has it; without one both do."""

from __future__ import annotations

from syncd.sandbox.jira import control, oauth, pages
from syncd.sandbox.jira.model import Flavour
from syncd.sandbox.jira.rest import (
    about,
    attachments,
    changelog,
    comments,
    issue_writes,
    issues,
    jql,
    lists,
    projects,
    properties,
    remote_links,
    screens,
    search_cloud,
    search_server,
    single,
    transitions,
)
from syncd.sandbox.jira.web.router import CLOUD, DATACENTER, Router

API = "/rest/api/{v}"
ISSUE = f"{API}/issue/{{issue}}"


def routes(flavour: Flavour) -> Router:
    router = Router(flavour)
    _about(router)
    _search(router)
    _projects(router)
    _issues(router)
    _comments(router)
    _around(router)
    _single(router)
    _outside(router)
    return router


def _about(router: Router) -> None:
    add = router.add
    add("GET", f"{API}/serverInfo", about.server_info)
    add("GET", f"{API}/myself", about.myself)
    add("GET", f"{API}/field", about.fields)
    add("GET", f"{API}/status", about.statuses)
    add("GET", f"{API}/priority", about.priorities)
    add("GET", f"{API}/priority/search", about.priority_page, CLOUD)
    add("GET", f"{API}/resolution", about.resolutions)
    add("GET", f"{API}/resolution/search", about.resolution_page, CLOUD)
    add("GET", f"{API}/statuscategory", about.categories)
    add("GET", f"{API}/issuetype", about.issue_types)
    add("GET", f"{API}/mypermissions", lists.my_permissions)
    add("GET", f"{API}/issueLinkType", lists.link_types)
    add("GET", f"{API}/role", lists.roles)
    add("GET", f"{API}/projectCategory", lists.project_categories)
    add("GET", f"{API}/group/member", lists.group_members)
    add("GET", f"{API}/group/bulk", lists.groups, CLOUD)
    add("GET", f"{API}/label", lists.labels, CLOUD)
    add("GET", f"{API}/worklog/updated", lists.worklogs_updated)
    add("GET", "/rest/auth/1/session", lists.session)
    add("GET", "/rest/applinks/latest/listApplicationlinks", lists.application_links)
    add("GET", f"{API}/user", about.user)
    add("GET", f"{API}/users/search", about.all_users, CLOUD)
    add("GET", f"{API}/user/search", about.search_users)
    add("GET", f"{API}/user/assignable/search", about.assignable_users)


def _search(router: Router) -> None:
    add = router.add
    add("GET", f"{API}/search", search_cloud.removed, CLOUD)
    add("POST", f"{API}/search", search_cloud.removed, CLOUD)
    add("GET", f"{API}/search/jql", search_cloud.search_get, CLOUD)
    add("POST", f"{API}/search/jql", search_cloud.search_post, CLOUD)
    add("POST", f"{API}/search/approximate-count", search_cloud.approximate_count, CLOUD)
    add("POST", f"{API}/jql/parse", jql.parse_queries, CLOUD)
    add("POST", f"{API}/jql/match", jql.match, CLOUD)
    add("GET", f"{API}/search", search_server.search_get, DATACENTER)
    add("POST", f"{API}/search", search_server.search_post, DATACENTER)


def _projects(router: Router) -> None:
    add = router.add
    add("GET", f"{API}/project", projects.everything)
    add("GET", f"{API}/project/search", projects.search, CLOUD)
    add("GET", f"{API}/project/type", projects.types)
    add("GET", f"{API}/project/recent", single.recent_projects, CLOUD)
    add("GET", f"{API}/project/{{project}}", projects.one)
    add("DELETE", f"{API}/project/{{project}}", projects.delete, writes=True)
    add("GET", f"{API}/project/{{project}}/statuses", projects.statuses)
    add("GET", f"{API}/project/{{project}}/components", projects.components)
    add("GET", f"{API}/project/{{project}}/versions", projects.versions)
    add("GET", f"{API}/project/{{project}}/component", projects.component_page, CLOUD)
    add("GET", f"{API}/project/{{project}}/version", projects.version_page)
    add("POST", f"{API}/project/{{project}}/archive", projects.archive, CLOUD, writes=True)
    add("PUT", f"{API}/project/{{project}}/archive", projects.archive, DATACENTER, writes=True)
    add("POST", f"{API}/project/{{project}}/restore", projects.restore, CLOUD, writes=True)
    add("PUT", f"{API}/project/{{project}}/restore", projects.restore, DATACENTER, writes=True)


def _issues(router: Router) -> None:
    add = router.add
    add("POST", f"{API}/issue", issue_writes.create, writes=True)
    add("POST", f"{API}/issue/bulk", issue_writes.create_many, writes=True)
    add("POST", f"{API}/issue/bulkfetch", issues.bulk_fetch, CLOUD)
    add("POST", f"{API}/changelog/bulkfetch", changelog.bulk_fetch, CLOUD)
    add("GET", f"{API}/issue/createmeta", screens.create_meta, CLOUD)
    add("GET", f"{API}/issue/createmeta/{{project}}/issuetypes", screens.create_types)
    add("GET", f"{API}/issue/createmeta/{{project}}/issuetypes/{{type}}", screens.create_fields)
    add("GET", ISSUE, issues.one)
    add("PUT", ISSUE, issue_writes.edit, writes=True)
    add("DELETE", ISSUE, issue_writes.delete, writes=True)
    add("PUT", f"{ISSUE}/assignee", issue_writes.assign, writes=True)
    add("GET", f"{ISSUE}/editmeta", screens.edit_meta_page)
    add("GET", f"{ISSUE}/transitions", transitions.listed)
    add("POST", f"{ISSUE}/transitions", transitions.do, writes=True)
    add("GET", f"{ISSUE}/changelog", changelog.page, CLOUD)


def _comments(router: Router) -> None:
    add = router.add
    add("POST", f"{API}/comment/list", comments.by_ids, CLOUD)
    add("GET", f"{ISSUE}/comment", comments.page)
    add("POST", f"{ISSUE}/comment", comments.add, writes=True)
    add("GET", f"{ISSUE}/comment/{{comment}}", comments.one)
    add("PUT", f"{ISSUE}/comment/{{comment}}", comments.edit, writes=True)
    add("DELETE", f"{ISSUE}/comment/{{comment}}", comments.delete, writes=True)
    entity = f"{API}/comment/{{comment}}/properties"
    add("GET", entity, properties.comment_keys)
    add("GET", f"{entity}/{{key}}", properties.comment_get)
    add("PUT", f"{entity}/{{key}}", properties.comment_put, writes=True)
    add("DELETE", f"{entity}/{{key}}", properties.comment_delete, writes=True)


def _around(router: Router) -> None:
    """What hangs on an issue."""
    add = router.add
    add("GET", f"{ISSUE}/properties", properties.issue_keys)
    add("GET", f"{ISSUE}/properties/{{key}}", properties.issue_get)
    add("PUT", f"{ISSUE}/properties/{{key}}", properties.issue_put, writes=True)
    add("DELETE", f"{ISSUE}/properties/{{key}}", properties.issue_delete, writes=True)
    add("GET", f"{ISSUE}/watchers", lists.watchers)
    add("GET", f"{ISSUE}/votes", lists.votes)
    add("GET", f"{ISSUE}/worklog", lists.worklog)
    add("GET", f"{ISSUE}/remotelink", remote_links.listed)
    add("POST", f"{ISSUE}/remotelink", remote_links.put_by_global_id, writes=True)
    add("DELETE", f"{ISSUE}/remotelink", remote_links.delete, writes=True)
    add("GET", f"{ISSUE}/remotelink/{{link}}", remote_links.one)
    add("PUT", f"{ISSUE}/remotelink/{{link}}", remote_links.put, writes=True)
    add("DELETE", f"{ISSUE}/remotelink/{{link}}", remote_links.delete, writes=True)
    add("POST", f"{ISSUE}/attachments", attachments.add, writes=True)
    add("GET", f"{API}/attachment/meta", attachments.meta)
    add("GET", f"{API}/attachment/{{attachment}}", attachments.one)
    add("DELETE", f"{API}/attachment/{{attachment}}", attachments.delete, writes=True)
    add("GET", f"{API}/attachment/content/{{attachment}}", attachments.content, CLOUD)
    add("GET", f"{API}/attachment/thumbnail/{{attachment}}", attachments.content, CLOUD)
    add("GET", "/secure/attachment/{attachment}/{name}", attachments.server_content, DATACENTER)
    add("GET", "/secure/thumbnail/{attachment}/{name}", attachments.server_content, DATACENTER)


def _single(router: Router) -> None:
    """One of what a list lists, and what few clients read."""
    add = router.add
    add("GET", f"{API}/status/{{id}}", single.status)
    add("GET", f"{API}/statuscategory/{{id}}", single.category)
    add("GET", f"{API}/statuses/search", single.status_page, CLOUD)
    add("GET", f"{API}/priority/{{id}}", single.priority)
    add("GET", f"{API}/resolution/{{id}}", single.resolution)
    add("GET", f"{API}/issuetype/{{id}}", single.issue_type)
    add("GET", f"{API}/securitylevel/{{id}}", single.security_level)
    add("GET", f"{API}/field/search", single.field_page, CLOUD)
    add("GET", f"{API}/project/{{project}}/role", single.project_roles)
    add("GET", f"{API}/project/{{project}}/role/{{role}}", single.project_role)
    add("GET", f"{API}/users", about.all_users, CLOUD)
    add("POST", f"{ISSUE}/changelog/list", single.changes_by_id, CLOUD)
    add("GET", f"{API}/worklog/deleted", single.worklogs_deleted)
    add("POST", f"{API}/worklog/list", single.worklogs_by_id)
    add("GET", f"{API}/jql/autocompletedata", single.query_words)


def _outside(router: Router) -> None:
    """What is not Jira's REST API: pages for people, the storage host, OAuth, and the sandbox's own control."""
    add = router.add
    add("GET", "/", pages.newest)
    add("GET", "/browse/{issue}", pages.one)
    add("GET", "/media/file/{attachment}/binary", attachments.media, CLOUD)
    add("GET", "/_edge/tenant_info", oauth.tenant_info, CLOUD)
    add("GET", "/oauth/token/accessible-resources", oauth.resources, CLOUD)
    add("POST", "/oauth/token", oauth.token, CLOUD)
    control.add_routes(router)
