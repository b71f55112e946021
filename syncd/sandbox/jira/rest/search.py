"""What both search APIs share: JQL to hits, in order, as the index and the caller's rights show them."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.sandbox.jira.hits import Hits
from syncd.sandbox.jira.jql import JqlSyntaxError, Search, compile_query, parse
from syncd.sandbox.jira.jql.ast import Query
from syncd.sandbox.jira.jql.dates import depends_on_now
from syncd.sandbox.jira.model import Issue
from syncd.sandbox.jira.refusals import bad
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call

_REMEMBERED = 8


def read_query(jql: str) -> Query:
    try:
        return parse(jql)
    except JqlSyntaxError as error:
        raise bad(str(error)) from error


def hits(site: Site, call: Call, query: Query, reconciled: Sequence[int] = ()) -> Hits:
    """What a search finds. A query with problems finds nothing; what to say of them is the flavour's business."""
    circumstances = None if reconciled else _circumstances(site, call, query)
    if circumstances is not None and (remembered := site.found.get(circumstances)) is not None:
        return remembered
    search: Search = compile_query(query, site.query_context(call.user))
    if search.problems:
        return Hits((), search.problems)
    current = [issue for issue_id in reconciled if (issue := site.world.issues.get(issue_id)) is not None]
    seen: list[Issue] = []
    for issue in site.index.search(current):
        if search.matches(issue) and _findable(site, call, issue):
            seen.append(issue)
    rows = [((*search.sort_key(issue), issue.id), issue) for issue in seen]
    if site.options.shuffled_ties:
        site.random.shuffle(rows)
        rows.sort(key=lambda row: row[0][:-1])
    else:
        rows.sort(key=lambda row: row[0])
    found = Hits(tuple(rows), ())
    if circumstances is not None:
        while len(site.found) >= _REMEMBERED:
            site.found.pop(next(iter(site.found)))
        site.found[circumstances] = found
    return found


def _circumstances(site: Site, call: Call, query: Query) -> tuple[object, ...] | None:
    """All that the result depends on: the same again means the same result, so a long paging sorts once.

    None if the result may differ from one moment to the next.
    """
    if site.options.shuffled_ties or not site.index.settled or (query.where and depends_on_now(query.where)):
        return None
    versions = (site.world.version, site.access.version, site.people.version)
    return (query, call.user.key if call.user else None, versions, site.options.index_precision)


def _findable(site: Site, call: Call, issue: Issue) -> bool:
    """Rights are judged now, whatever the index remembers; archived issues are not searched (facts 4.7)."""
    current = site.world.issues.get(issue.id)
    if current is None or current.archived is not None or not site.access.sees(call.user, current):
        return False
    return site.world.projects[current.project].state == "live"
