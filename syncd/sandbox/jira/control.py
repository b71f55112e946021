"""The sandbox's own API under `/_sandbox/`: act as anybody, turn knobs, break things, look inside. JSON in and out.

| route                          | body                                                                       |
|--------------------------------|----------------------------------------------------------------------------|
| POST /_sandbox/act/{verb}      | the arguments of the verb of `act.Act`                                     |
| POST /_sandbox/credentials     | {"revoke": secret or true} · {"restore": ...} · {"solve_captcha": true}    |
| POST /_sandbox/clock           | {"advance": seconds} · {"freeze": ISO time} · {"thaw": true}               |
| GET, POST /_sandbox/knobs      | any of `options.Options`, and index_lag, flicker                           |
| GET, POST, DELETE .../faults   | the arguments of `faults.Fault`                                            |
| POST /_sandbox/tokens/expire   | nothing: all page tokens are void                                          |
| GET /_sandbox/calls            | counts per route; DELETE sets them to zero                                 |
| GET /_sandbox/requests         | the last requests in order, with their faults                              |
| GET /_sandbox/state            | every issue with its comments                                              |
| POST /_sandbox/reset           | nothing: back to the first day                                             |
| POST /_sandbox/webhooks        | {"url": ..., "secret": ..., "events": [...]}                               |
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import datetime
from typing import Any

from syncd.sandbox.jira.act import Act
from syncd.sandbox.jira.model import Attachment, Comment, Issue, Json, Project
from syncd.sandbox.jira.refusals import bad
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer
from syncd.sandbox.jira.web.router import Handler, Router


def add_routes(router: Router) -> None:
    routes: tuple[tuple[str, str, Handler], ...] = (
        ("POST", "act/{verb}", act),
        ("POST", "credentials", credentials),
        ("POST", "clock", clock),
        ("GET", "knobs", knobs),
        ("POST", "knobs", turn_knobs),
        ("GET", "faults", faults),
        ("POST", "faults", add_fault),
        ("DELETE", "faults", clear_faults),
        ("POST", "tokens/expire", expire_tokens),
        ("GET", "calls", calls),
        ("DELETE", "calls", clear_calls),
        ("GET", "requests", requests),
        ("GET", "state", state),
        ("POST", "reset", reset),
        ("POST", "webhooks", add_webhook),
    )
    for method, path, handler in routes:
        router.add(method, f"/_sandbox/{path}", handler)


def verbs(act: Act) -> dict[str, Callable[..., object]]:
    return {
        "create": act.create,
        "edit": act.edit,
        "transition": act.transition,
        "move": act.move,
        "delete": act.delete,
        "archive": act.archive,
        "unarchive": act.unarchive,
        "restrict": act.restrict,
        "attach": act.attach,
        "comment": act.comment,
        "edit_comment": act.edit_comment,
        "restrict_comment": act.restrict_comment,
        "delete_comment": act.delete_comment,
        "add_project": act.add_project,
        "set_project_state": act.set_project_state,
        "deny": act.deny,
        "allow": act.allow,
        "set_groups": act.set_groups,
        "set_role": act.set_role,
        "set_time_zone": act.set_time_zone,
        "rename_status": act.rename_status,
    }


def act(site: Site, call: Call) -> Reply:
    known = verbs(Act(site))
    verb = known.get(call.params["verb"])
    if verb is None:
        raise bad(f"There is no verb {call.params['verb']!r}; there are {', '.join(known)}.")
    try:
        return answer(_told(verb(**call.object())))
    except (KeyError, TypeError, ValueError, StopIteration) as error:
        raise bad(f"{type(error).__name__}: {error}") from error


def credentials(site: Site, call: Call) -> Reply:
    body = call.object()
    if "revoke" in body:
        site.logins.revoke(body["revoke"] if isinstance(body["revoke"], str) else None)
    if "restore" in body:
        site.logins.restore(body["restore"] if isinstance(body["restore"], str) else None)
    if body.get("solve_captcha"):
        site.logins.solve_captcha()
    return answer({"revoked": len(site.logins.revoked)})


def clock(site: Site, call: Call) -> Reply:
    body = call.object()
    if "freeze" in body:
        site.clock.freeze(datetime.fromisoformat(body["freeze"]) if isinstance(body["freeze"], str) else None)
    if body.get("thaw"):
        site.clock.thaw()
    if "advance" in body:
        site.clock.advance(body["advance"])
    return answer({"now": site.clock.now().isoformat()})


def knobs(site: Site, call: Call) -> Reply:
    return answer(dataclasses.asdict(site.options) | {"index_lag": site.index.lag, "flicker": site.index.flicker})


def turn_knobs(site: Site, call: Call) -> Reply:
    try:
        site.turn(call.object())
    except ValueError as error:
        raise bad(str(error)) from error
    return knobs(site, call)


def faults(site: Site, call: Call) -> Reply:
    return answer([dataclasses.asdict(fault) for fault in site.faults.active])


def add_fault(site: Site, call: Call) -> Reply:
    try:
        fault = site.faults.add(**call.object())
    except (TypeError, ValueError) as error:
        raise bad(str(error)) from error
    return answer(dataclasses.asdict(fault), 201)


def clear_faults(site: Site, call: Call) -> Reply:
    site.faults.clear()
    return Reply(204)


def expire_tokens(site: Site, call: Call) -> Reply:
    site.cursors.expire()
    return Reply(204)


def calls(site: Site, call: Call) -> Reply:
    counts = {name: count for name, count in sorted(site.calls.items()) if "/_sandbox/" not in name}
    return answer({"total": sum(counts.values()), "routes": counts})


def clear_calls(site: Site, call: Call) -> Reply:
    site.calls.clear()
    site.requests.clear()
    return Reply(204)


def requests(site: Site, call: Call) -> Reply:
    """Those of clients; what was asked of the sandbox itself is left out."""
    return answer(
        [
            {"method": one.method, "path": one.path, "status": one.status, "fault": one.fault and one.fault.kind}
            for one in site.requests
            if "/_sandbox/" not in one.path
        ]
    )


def state(site: Site, call: Call) -> Reply:
    return answer({"flavour": site.options.flavour, "issues": [_told(i) for i in site.world.issues.values()]})


def reset(site: Site, call: Call) -> Reply:
    site.reset()
    return answer({"issues": len(site.world.issues)})


def add_webhook(site: Site, call: Call) -> Reply:
    try:
        hook = site.webhooks.add(**call.object())
    except TypeError as error:
        raise bad(str(error)) from error
    return answer({"id": hook.id, "url": hook.url}, 201)


def _told(value: Any) -> Json:
    """What changed, in a few words."""
    match value:
        case Issue():
            return {
                "id": str(value.id),
                "key": value.key,
                "status": value.status.name,
                "category": value.status.category.key,
                "priority": value.fields["priority"].name if value.fields.get("priority") else None,
                "summary": value.fields.get("summary"),
                "updated": value.updated.isoformat(),
                "comments": [_told(comment) for comment in value.comments],
            }
        case Comment():
            return {
                "id": value.id,
                "author": value.author,
                "body": value.body.wiki,
                "internal": value.internal,
                "visibility": dataclasses.asdict(value.visibility) if value.visibility else None,
                "updated": value.updated.isoformat(),
            }
        case Attachment():
            return {"id": value.id, "filename": value.filename, "size": value.size}
        case Project():
            return {"id": value.id, "key": value.key, "name": value.name}
        case _:
            return {}
