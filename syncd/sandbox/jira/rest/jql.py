"""Cloud's routes about queries themselves: parse and match."""

from __future__ import annotations

from syncd.sandbox.jira.jql import JqlSyntaxError, compile_query, parse
from syncd.sandbox.jira.model import Json
from syncd.sandbox.jira.refusals import bad
from syncd.sandbox.jira.rest.search import hits
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer
from syncd.sandbox.jira.web.schema import checked


def parse_queries(site: Site, call: Call) -> Reply:
    """What is wrong with each query. `validation` is strict, warn or none."""
    queries = call.object().get("queries")
    if not isinstance(queries, list) or not all(isinstance(query, str) for query in queries):
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    return answer({"queries": [_parsed(site, call, text, call.one("validation", "strict")) for text in queries]})


def _parsed(site: Site, call: Call, text: str, validation: str) -> Json:
    try:
        query = parse(text)
    except JqlSyntaxError as error:
        return {"query": text, "errors": [str(error)]}
    problems = list(compile_query(query, site.query_context(call.user)).problems)
    structure: Json = (
        {"orderBy": {"fields": [{"field": {"name": s.field}} for s in query.order]}} if query.order else {}
    )
    if not problems or validation == "none":
        return {"query": text, "structure": structure}
    if validation == "warn":
        return {"query": text, "structure": structure, "warnings": problems}
    return {"query": text, "errors": problems}


def match(site: Site, call: Call) -> Reply:
    """Which of these issues each query finds."""
    body = call.object()
    checked(body, {"issueIds": (list, int), "jqls": (list, str)}, closed=True)
    ids, queries = body.get("issueIds"), body.get("jqls")
    if not ids or not queries:
        raise bad("Invalid request payload. Refer to the REST API documentation and try again.")
    matches: list[Json] = []
    for text in queries:
        try:
            found = {issue.id for _, issue in hits(site, call, parse(text), ids).issues}
            matches.append({"matchedIssues": [issue_id for issue_id in ids if issue_id in found], "errors": []})
        except JqlSyntaxError as error:
            matches.append({"matchedIssues": [], "errors": [str(error)]})
    return answer({"matches": matches})
