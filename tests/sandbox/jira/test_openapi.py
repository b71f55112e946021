"""Cloud's answers against Atlassian's own OpenAPI document of API v3. Skipped where the document is not at hand.

The document's schemas hold against real answers but for its date-times (jira facts, 1.29), so formats are not checked.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.sandbox.jira import JiraSandbox, generate_issues
from tests.sandbox.jira.talk import Talk, adf

FILE = Path(__file__).parents[3].parent / "shared" / "data" / "jira-cloud-openapi.json.gz"

pytestmark = pytest.mark.skipif(not FILE.exists(), reason=f"no OpenAPI document at {FILE}")

KINDS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


class Document:
    def __init__(self, raw: dict[str, Any]) -> None:
        self._raw = raw

    def schema(self, method: str, path: str, status: int) -> Any:
        """The schema of one answer; an answer that the document does not list is a mistake."""
        responses = self._raw["paths"][path][method.lower()]["responses"]
        assert str(status) in responses, f"{method} {path} never answers {status}, only {', '.join(responses)}"
        return responses[str(status)].get("content", {}).get("application/json", {}).get("schema")

    def mistakes(self, value: Any, schema: Any, where: str = "") -> Iterator[str]:
        if "$ref" in schema:
            schema = self._raw["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        for part in schema.get("allOf", ()):
            yield from self.mistakes(value, part, where)
        if value is None:
            return
        kind = schema.get("type")
        if kind and (not isinstance(value, KINDS[kind]) or (isinstance(value, bool) and kind != "boolean")):
            yield f"{where}: {value!r} is no {kind}"
            return
        if "enum" in schema and value not in schema["enum"]:
            yield f"{where}: {value!r} is none of {schema['enum']}"
        if isinstance(value, dict):
            yield from self._members(value, schema, where)
        if isinstance(value, list) and "items" in schema:
            for number, item in enumerate(value):
                yield from self.mistakes(item, schema["items"], f"{where}[{number}]")

    def _members(self, value: dict[str, Any], schema: Any, where: str) -> Iterator[str]:
        known = schema.get("properties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{where}: {name} is missing"
        more = schema.get("additionalProperties", True)
        for name, member in value.items():
            if name in known:
                yield from self.mistakes(member, known[name], f"{where}.{name}")
            elif more is False:
                yield f"{where}: {name} should not be there"
            elif isinstance(more, dict):
                yield from self.mistakes(member, more, f"{where}.{name}")


@pytest.fixture(scope="module")
def document() -> Document:
    with gzip.open(FILE, "rt") as file:
        return Document(json.load(file))


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    with Talk(JiraSandbox("cloud", issues=generate_issues(20))) as running:
        running.act.edit("OPS-1", {"summary": "changed", "customfield_10016": 5})
        running.act.comment("OPS-1", "internal", internal=True)
        running.act.comment("OPS-1", "restricted", role="Administrators")
        running.act.attach("OPS-1", "a.png", b"png", mime_type="image/png")
        body = {"globalId": "g", "object": {"url": "https://x/1", "title": "t"}}
        assert running.post("issue/OPS-1/remotelink", body).status_code == 201
        yield running


ISSUE = "/rest/api/3/issue/{issueIdOrKey}"
PAGE = {"jql": "project = OPS ORDER BY key", "fields": ["*all"], "expand": "renderedFields,names,schema,changelog"}

NEW = {"project": {"key": "OPS"}, "summary": "s", "issuetype": {"name": "Bug"}}

ANSWERS: list[tuple[str, str, dict[str, Any] | None]] = [
    ("GET", "/rest/api/3/serverInfo", None),
    ("GET", "/rest/api/3/myself", None),
    ("GET", "/rest/api/3/field", None),
    ("GET", "/rest/api/3/status", None),
    ("GET", "/rest/api/3/priority", None),
    ("GET", "/rest/api/3/resolution", None),
    ("GET", "/rest/api/3/issuetype", None),
    ("GET", "/rest/api/3/priority/search", None),
    ("GET", "/rest/api/3/resolution/search", None),
    ("GET", "/rest/api/3/statuscategory", None),
    ("GET", "/rest/api/3/users/search", None),
    ("GET", "/rest/api/3/group/bulk", None),
    ("GET", "/rest/api/3/label", None),
    ("GET", "/rest/api/3/role", None),
    ("GET", "/rest/api/3/projectCategory", None),
    ("GET", "/rest/api/3/worklog/updated", None),
    ("GET", "/rest/api/3/project/type", None),
    ("GET", "/rest/api/3/issueLinkType", None),
    ("GET", "/rest/api/3/project", None),
    ("GET", "/rest/api/3/project/search", None),
    ("GET", "/rest/api/3/project/{projectIdOrKey}", None),
    ("GET", "/rest/api/3/project/{projectIdOrKey}/statuses", None),
    ("GET", "/rest/api/3/project/{projectIdOrKey}/components", None),
    ("GET", "/rest/api/3/project/{projectIdOrKey}/version", None),
    ("GET", "/rest/api/3/user/search?query=ali", None),
    ("GET", "/rest/api/3/group/member?groupname=jira-software-users", None),
    ("GET", "/rest/api/3/mypermissions?permissions=BROWSE_PROJECTS", None),
    ("GET", "/rest/api/3/attachment/meta", None),
    ("GET", "/rest/api/3/search/jql?jql=project%20%3D%20OPS&fields=*all", None),
    ("POST", "/rest/api/3/search/jql", PAGE),
    ("POST", "/rest/api/3/search/jql", {"jql": "project = OPS"}),
    ("POST", "/rest/api/3/search/jql", {"jql": "project ="}),
    ("POST", "/rest/api/3/search/approximate-count", {"jql": "project = OPS"}),
    ("POST", "/rest/api/3/jql/parse", {"queries": ["project = OPS", "nonsense = 1"]}),
    ("POST", "/rest/api/3/jql/match", {"issueIds": [10001], "jqls": ["project = OPS"]}),
    ("POST", "/rest/api/3/issue/bulkfetch", {"issueIdsOrKeys": ["OPS-1"], "fields": ["*all"], "expand": ["changelog"]}),
    ("POST", "/rest/api/3/changelog/bulkfetch", {"issueIdsOrKeys": ["OPS-1"]}),
    ("POST", "/rest/api/3/comment/list", {"ids": [10001]}),
    ("GET", f"{ISSUE}?expand=renderedFields,names,schema,transitions,editmeta,changelog", None),
    ("GET", f"{ISSUE}/comment?expand=renderedBody,properties", None),
    ("GET", f"{ISSUE}/transitions?expand=transitions.fields", None),
    ("GET", f"{ISSUE}/changelog", None),
    ("GET", f"{ISSUE}/remotelink", None),
    ("GET", f"{ISSUE}/editmeta", None),
    ("GET", f"{ISSUE}/properties", None),
    ("GET", f"{ISSUE}/watchers", None),
    ("GET", f"{ISSUE}/worklog", None),
    ("GET", f"{ISSUE}/votes", None),
    ("GET", "/rest/api/3/status/{idOrName}", None),
    ("GET", "/rest/api/3/statuscategory/{idOrKey}", None),
    ("GET", "/rest/api/3/statuses/search", None),
    ("GET", "/rest/api/3/priority/{id}", None),
    ("GET", "/rest/api/3/resolution/{id}", None),
    ("GET", "/rest/api/3/issuetype/{id}", None),
    ("GET", "/rest/api/3/securitylevel/{id}", None),
    ("GET", "/rest/api/3/field/search", None),
    ("GET", "/rest/api/3/project/recent", None),
    ("GET", "/rest/api/3/project/{projectIdOrKey}/role", None),
    ("GET", "/rest/api/3/project/{projectIdOrKey}/role/{id}", None),
    ("GET", "/rest/api/3/users", None),
    ("GET", "/rest/api/3/worklog/deleted", None),
    ("POST", "/rest/api/3/worklog/list", {"ids": [1]}),
    ("GET", "/rest/api/3/jql/autocompletedata", None),
    ("POST", f"{ISSUE}/changelog/list", {"changelogIds": [20000]}),
    ("POST", f"{ISSUE}/comment", {"body": adf("hello")}),
    ("POST", f"{ISSUE}/comment", {"body": "a string"}),
    ("POST", f"{ISSUE}/remotelink", {"globalId": "g", "object": {"url": "https://x/1", "title": "t"}}),
    ("POST", f"{ISSUE}/transitions", {"transition": {"id": "99"}}),
    ("PUT", ISSUE, {"fields": {"summary": "again"}}),
    ("PUT", ISSUE, {"fields": {"nonsense": 1}}),
    ("PUT", f"{ISSUE}/properties/{{propertyKey}}", {"a": 1}),
    ("POST", "/rest/api/3/issue", {"fields": NEW}),
    ("GET", "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes", None),
    ("GET", "/rest/api/3/issue/createmeta/{projectIdOrKey}/issuetypes/{issueTypeId}", None),
]  # fmt: skip

IDS = {"status": "Done", "statuscategory": "4", "resolution": "10000", "issuetype": "10004", "securitylevel": "10200"}
"""What `{id}` is, by the first word of the address."""

NAMES = {"{issueIdOrKey}": "OPS-1", "{projectIdOrKey}": "OPS", "{issueTypeId}": "10004", "{propertyKey}": "mirror"}


@pytest.mark.parametrize(("method", "path", "body"), ANSWERS, ids=[f"{m} {p}" for m, p, _ in ANSWERS])
def test_the_answer_is_as_documented(
    talk: Talk, document: Document, method: str, path: str, body: dict[str, Any] | None
) -> None:
    address = path
    number = "10002" if path.endswith("role/{id}") else IDS.get(path.split("/")[4], "1")
    for name, value in {**NAMES, "{id}": number, "{idOrName}": number, "{idOrKey}": number}.items():
        address = address.replace(name, value)
    answer = talk.send(method, address, json=body) if body is not None else talk.send(method, address)
    schema = document.schema(method, path.partition("?")[0], answer.status_code)
    assert answer.status_code < 400 or body is not None, answer.text
    if schema is not None and answer.content:
        found = [mistake for mistake in document.mistakes(answer.json(), schema) if not known(path, mistake)]
        assert found == []


def known(path: str, mistake: str) -> bool:
    """Where the real Jira is known to differ from its own document."""
    return (
        # facts 10.5: it is there
        (path.endswith("serverInfo") and "defaultLocale" in mistake)
        # facts 1.24: a number, as the document's own example has it
        or (path.endswith("changelog/bulkfetch") and ".created" in mistake)
        # the list of remote links is a list
        or (path.endswith("remotelink") and mistake.startswith(": [{") and mistake.endswith("is no object"))
    )


def test_the_checker_sees_mistakes(document: Document) -> None:
    schema = {"$ref": "#/components/schemas/BulkFetchIssueRequestBean"}
    wrong = {"issueIdsOrKeys": [1], "nonsense": True, "expand": "names"}
    assert len(list(document.mistakes(wrong, schema))) == 3
    assert list(document.mistakes({}, schema)) == [": issueIdsOrKeys is missing"]
