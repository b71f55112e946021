"""What the site is and offers: serverInfo, myself, fields, statuses, priorities, types, resolutions, users."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from syncd.sandbox.jira.catalog import CATEGORIES
from syncd.sandbox.jira.fields import FIELDS, ISSUE_KEY, described
from syncd.sandbox.jira.model import Json, User
from syncd.sandbox.jira.refusals import RefusalError, bad
from syncd.sandbox.jira.rest.find import caller
from syncd.sandbox.jira.shapes import values
from syncd.sandbox.jira.shapes.view import person
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, paged


def server_info(site: Site, call: Call) -> Reply:
    """Answers anybody, and calls Data Center a "Server" (facts 10.5)."""
    view = site.view(call)
    local = site.clock.now().astimezone(ZoneInfo(site.options.server_zone))
    time = f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"
    body: dict[str, Json] = {"baseUrl": call.site_base}
    if view.cloud:
        body |= {"version": "1001.0.0-SNAPSHOT", "versionNumbers": [1001, 0, 0], "deploymentType": "Cloud"}
        body |= {"buildNumber": 100290, "buildDate": "2026-03-30T10:11:12.000+0000", "serverTime": time}
        body |= {"scmInfo": "2f1a9c0b", "serverTitle": "Jira", "serverTimeZone": site.options.server_zone}
        body["defaultLocale"] = {"locale": "en_US"}
    else:
        body |= {"version": "9.12.4", "versionNumbers": [9, 12, 4], "deploymentType": "Server"}
        body |= {"buildNumber": 9120004, "buildDate": "2024-02-14T00:00:00.000+0000", "serverTime": time}
        body |= {"scmInfo": "0f2a1b3c", "serverTitle": "Jira"}
    return answer(body)


def myself(site: Site, call: Call) -> Reply:
    user = caller(site, call)
    view = site.view(call)
    # One's own address and zone are never hidden from oneself.
    shape = person(user, view) | {"emailAddress": user.email, "timeZone": user.zone, "locale": "en_US"}
    shape |= {
        "groups": {"size": len(user.groups), "items": []},
        "applicationRoles": {"size": 1, "items": []},
        "expand": "groups,applicationRoles",
    }
    return answer(shape)


def fields(site: Site, call: Call) -> Reply:
    flavour = site.options.flavour
    key = ISSUE_KEY if flavour == "datacenter" else {**ISSUE_KEY, "key": "issuekey"}
    return answer([key, *(described(field, flavour) for field in FIELDS.values())])


def statuses(site: Site, call: Call) -> Reply:
    view = site.view(call)
    return answer([values.status(s, view) for s in site.world.statuses.values()] if _reads(site, call) else [])


def priorities(site: Site, call: Call) -> Reply:
    view = site.view(call)
    ordered = sorted(site.world.priorities.values(), key=lambda p: int(p.id))
    return answer([values.priority(p, view) for p in ordered] if _reads(site, call) else [])


def resolutions(site: Site, call: Call) -> Reply:
    view = site.view(call)
    return answer([values.resolution(r, view) for r in site.world.resolutions.values()] if _reads(site, call) else [])


def issue_types(site: Site, call: Call) -> Reply:
    view = site.view(call)
    return answer([values.issue_type(t, view) for t in site.world.issue_types.values()] if _reads(site, call) else [])


def priority_page(site: Site, call: Call) -> Reply:
    caller(site, call)
    view = site.view(call)
    ordered = sorted(site.world.priorities.values(), key=lambda p: int(p.id))
    return paged(call, [values.priority(p, view) | {"isDefault": p.name == "Medium"} for p in ordered])


def resolution_page(site: Site, call: Call) -> Reply:
    caller(site, call)
    view = site.view(call)
    return paged(call, [values.resolution(r, view) for r in site.world.resolutions.values()])


def categories(site: Site, call: Call) -> Reply:
    view = site.view(call)
    return answer([values.category(c, view) for c in CATEGORIES.values()] if _reads(site, call) else [])


def all_users(site: Site, call: Call) -> Reply:
    caller(site, call)
    view = site.view(call)
    start, most = call.number("startAt", 0), min(call.number("maxResults", 50), 1000)
    return answer([person(user, view) for user in list(site.people)[start : start + most]])


def _reads(site: Site, call: Call) -> bool:
    return call.user is not None or site.options.anonymous_browse


def user(site: Site, call: Call) -> Reply:
    caller(site, call)
    cloud = site.view(call).cloud
    handles = ("accountId",) if cloud else ("username", "key", "accountId")
    found = next((site.people.find(call.one(name)) for name in handles if call.has(name)), None)
    if found is None or (cloud and found.account_id != call.one("accountId")):
        raise RefusalError(
            404,
            "The user does not exist"
            if not cloud
            else "Specified user does not exist or you do not have required permissions",
        )
    return answer(person(found, site.view(call)))


def search_users(site: Site, call: Call) -> Reply:
    """Cloud by `query`, Data Center by `username`; the other's parameter is refused."""
    caller(site, call)
    view = site.view(call)
    name = "query" if view.cloud else "username"
    if not call.has(name) and not (view.cloud and call.has("accountId")):
        raise bad(f"The {name} query parameter was not provided")
    return answer([person(u, view) for u in _matching(site, call, name) if u.active or not view.cloud])


def assignable_users(site: Site, call: Call) -> Reply:
    caller(site, call)
    view = site.view(call)
    if not (call.has("project") or call.has("issueKey")):
        raise bad("No project or issue key was specified")
    found = _matching(site, call, "query" if view.cloud else "username")
    return answer([person(u, view) for u in found if u.active and u.account_type == "atlassian"])


def _matching(site: Site, call: Call, name: str) -> list[User]:
    if call.has("accountId"):
        exact = site.people.find(call.one("accountId"))
        return [exact] if exact else []
    text = call.one(name).lower()
    start, most = call.number("startAt", 0), min(call.number("maxResults", 50), 1000)

    def fits(user: User) -> bool:
        shown = [user.display_name, *([] if user.email_hidden else [user.email])]
        if site.options.flavour == "datacenter":
            shown.append(user.name)
        words = [word for entry in shown for word in (entry, *entry.split())]
        return any(word.lower().startswith(text) for word in words)

    return [user for user in site.people if text in ("", ".") or fits(user)][start : start + most]
