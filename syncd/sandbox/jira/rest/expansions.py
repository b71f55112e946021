"""An issue with everything that `expand` and `properties` ask for, the same for one issue, a page and a bulk fetch."""

from __future__ import annotations

from collections.abc import Collection

from syncd.sandbox.jira.model import Issue, Json
from syncd.sandbox.jira.rest.changelog import newest_first
from syncd.sandbox.jira.rest.screens import edit_meta
from syncd.sandbox.jira.rest.transitions import transitions_of
from syncd.sandbox.jira.shapes import issue as shape
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call


def expanded(
    site: Site,
    call: Call,
    issue: Issue,
    picked: shape.Selection,
    expand: Collection[str],
    properties: Collection[str] = (),
    *,
    histories: int | None = None,
) -> Json:
    """`histories` is how many entries of the changelog are shown at most."""
    view = site.view(call)
    shown = shape.issue(issue, view, picked, expand)
    if "transitions" in expand:
        shown["transitions"] = transitions_of(site, call, issue, with_fields=False)
    if "editmeta" in expand:
        shown["editmeta"] = edit_meta(site, call, issue)
    if "changelog" in expand:
        shown["changelog"] = newest_first(issue, view, histories)
    if properties:
        shown["properties"] = {key: issue.properties[key] for key in properties if key in issue.properties}
    return shown


def explained(body: dict[str, Json], picked: shape.Selection, expand: Collection[str]) -> dict[str, Json]:
    """`names` and `schema` stand beside the issues, once."""
    if "names" in expand:
        body["names"] = shape.names(picked)
    if "schema" in expand:
        body["schema"] = shape.schema(picked)
    return body
