"""Whatever is sent, the sandbox has an answer: a refusal perhaps, never a stumble of its own."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.sandbox.jira.talk import Talk

VALUES: list[Any] = [
    None, True, 0, -1, 10**12, 1.5, "", "x", "OPS-1", "10001", "2026-01-01", [], ["OPS-1"], [1], [None], [[1]], [{}],
    {},
    {"id": "1"}, {"id": 5}, {"name": "x"}, {"name": None}, {"key": "OPS"}, {"value": 1}, {"child": {}},
    {"accountId": 5},
    {"add": 1}, [{"add": "x"}], [{"add": {"body": "x"}}], [{"set": None}], {"type": "role"}, [{"key": 1}],
    {"type": "doc", "version": 1, "content": []},
]  # fmt: skip

JQL = [
    "project = OPS", "updated > 99999999999999999999", "duedate > 1", 'updated >= "9999-12-31 23:59"', "id > 5",
    "created > -99999999w", 'created > startOfMonth("-999999M")', 'summary ~ ""', "labels > x", "priority > 3",
    "order by labels, customfield_10030, components, parent, security, watches, comment",
    "project = OPS order by customfield_10031, customfield_10020, customfield_10035, resolution, level",
    '"Story Points" in (1, x)', "creator is EMPTY", "issue = 99999999999999999999999999",
]  # fmt: skip

FIELDS = [
    "summary", "labels", "priority", "assignee", "components", "project", "issuetype", "customfield_10016", "parent",
    "customfield_10030", "customfield_10031", "customfield_10035", "customfield_10036", "customfield_10038", "comment",
    "customfield_10039", "customfield_10033", "description", "duedate", "reporter", "resolution", "fixVersions",
]  # fmt: skip

ROUTES = [
    ("POST", "search/jql", ["jql", "nextPageToken", "maxResults", "fields", "expand", "properties", "reconcileIssues"]),
    ("POST", "search", ["jql", "startAt", "maxResults", "fields", "expand", "validateQuery"]),
    ("POST", "search/approximate-count", ["jql"]),
    ("POST", "issue/bulkfetch", ["issueIdsOrKeys", "fields", "expand", "properties"]),
    ("POST", "changelog/bulkfetch", ["issueIdsOrKeys", "fieldIds", "maxResults", "nextPageToken"]),
    ("POST", "comment/list", ["ids"]),
    ("POST", "issue/OPS-1/comment", ["body", "visibility", "properties", "parentId"]),
    ("PUT", "issue/OPS-1/comment/10001", ["body", "visibility", "properties"]),
    ("POST", "issue/OPS-1/transitions", ["transition", "fields", "update", "historyMetadata"]),
    ("PUT", "issue/OPS-1", ["fields", "update", "properties", "historyMetadata"]),
    ("POST", "issue", ["fields", "update", "properties"]),
    ("POST", "issue/bulk", ["issueUpdates"]),
    ("POST", "issue/OPS-1/remotelink", ["globalId", "object", "relationship", "application"]),
    ("PUT", "issue/OPS-1/assignee", ["accountId", "name"]),
    ("POST", "jql/parse", ["queries"]),
    ("POST", "jql/match", ["issueIds", "jqls"]),
    ("PUT", "issue/OPS-1/properties/x", ["a"]),
]


def strange(chance: random.Random, path: str, names: list[str]) -> Any:
    body = {name: chance.choice(VALUES) for name in names if chance.random() < 0.6}
    for name in ("fields", "update"):
        if name in body and chance.random() < 0.8 and "search" not in path and "bulk" not in path:
            body[name] = {field: chance.choice(VALUES) for field in chance.sample(FIELDS, 3)}
    if path == "issue" and isinstance(body.get("fields"), dict):
        body["fields"] = {"project": {"key": "OPS"}, "issuetype": {"name": "Task"}, "summary": "x", **body["fields"]}
    if "jql" in body:
        body["jql"] = chance.choice(JQL)
    return chance.choice(VALUES) if chance.random() < 0.05 else body


@pytest.mark.parametrize(("method", "path", "names"), ROUTES, ids=[f"{m} {p}" for m, p, _ in ROUTES])
def test_no_body_makes_it_stumble(either: Talk, method: str, path: str, names: list[str]) -> None:
    either.sandbox.set(issue_write_limit=False)
    chance = random.Random(path)
    for _ in range(40):
        body = strange(chance, path, names)
        version = 3 if either.cloud and chance.random() < 0.5 else 2
        answer = either.send(method, path, version=version, json=body)
        assert answer.status_code < 500, body


@pytest.mark.parametrize(
    "path",
    [
        "search/jql?jql=project%3DOPS&maxResults=x",
        "search/jql?jql=x%3D1&reconcileIssues=a",
        "search?jql=project%3DOPS&startAt=-1",
        "search?jql=a&maxResults=zz",
        "issue/OPS-1/comment?startAt=x",
        "issue/OPS-1/comment?maxResults=-1",
        "project/search?startAt=-5",
        "user/search?query=a&startAt=-1&username=a",
        "attachment/abc",
        "issue/99999999999999999999999",
        "issue/%00",
        "issue/OPS-%C2%B2",
        "issue/OPS-1?fields=%2A&expand=,",
        "issue/OPS-1/remotelink/x",
        "comment/zzz/properties",
        "mypermissions?permissions=X",
        "/secure/attachment/x/y",
        "/rest/api/9/myself",
        "/nowhere",
    ],
)
def test_no_address_makes_it_stumble(either: Talk, path: str) -> None:
    assert either.get(path).status_code < 500
