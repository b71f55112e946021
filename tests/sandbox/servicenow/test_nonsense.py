"""Whatever is sent, the instance answers: with a result or with a refusal in its own words, never with a crash."""

from __future__ import annotations

import string
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import ServiceNowSandbox
from syncd.sandbox.servicenow.problems import Problem
from tests.sandbox.servicenow.conftest import ADMIN, Caller

TABLES = ("incident", "task", "problem", "change_request", "sys_user", "sys_choice", "cmdb_ci", "sys_script")
FRAGMENTS = (
    *("state", "=", "1", "^", "^^", "OR", "NQ", "EQ", "ORDERBY", "ORDERBYDESC", "caller_id", ".", "email", "IN", ","),
    *("LIKE", "ISEMPTY", "BETWEEN", "@", "javascript:", "gs.daysAgo(1)", "gs.getUserName()", "RLQUERY", "JOIN", "!"),
    *("incident", "sys_updated_on", ">=", "2025-01-01", "ENDRLQUERY", "\n", "💥", "%", "DYNAMIC", "RELATIVEGT"),
    *("@day@ago@3", "NULL", "ON", "DATEPART", "monday", "ANYTHING", "sys_id", "99999999999999999999", "<", "problem"),
    *("javascript:gs.dateGenerate('2025-13-01','x')", "javascript:gs.daysAgo(99999999999)", "9999-12-31 23:59:59"),
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(string.printable + "💥é\x00", max_size=300),
    st.sampled_from(["9999-12-31 23:59:59", "0001-01-01", "2025-13-45", "admin", "6", "7", "0" * 32]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.sampled_from(["value", "display_value", "link"]), st.text(max_size=3)),
)
OFTEN = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def instance() -> ServiceNowSandbox:
    sandbox = ServiceNowSandbox()
    for table in ("incident", "problem", "change_request"):
        sandbox.create(table, {"short_description": "x", "caller_id": "admin"})
    return sandbox


@OFTEN
@given(table=st.sampled_from(TABLES), parts=st.lists(st.sampled_from(FRAGMENTS), max_size=9))
def test_any_query_finds_some_rows_or_none(instance: ServiceNowSandbox, table: str, parts: list[str]) -> None:
    everything = instance.rows(table)
    assert all(row in everything for row in instance.rows(table, "".join(parts)))


@OFTEN
@given(table=st.sampled_from(TABLES), data=st.data())
def test_any_values_are_stored_as_strings_or_refused(
    instance: ServiceNowSandbox, table: str, data: st.DataObject
) -> None:
    names = st.sampled_from([*instance.instance.schema.columns(table), "no_such_column"])
    sent: dict[str, Any] = data.draw(st.dictionaries(names, VALUES, max_size=5))
    before = len(instance.rows(table))
    row, status = None, 201
    try:
        row = instance.create(table, sent)
    except Problem as problem:
        status = problem.status
    assert status in (201, 403)
    assert len(instance.rows(table)) == before + (row is not None)
    if row is not None:
        assert all(isinstance(value, str) for value in row.values())
        assert instance.row(table, row["sys_id"]) == row


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"<a/>", b"{'a': 1}", b'{"rest_requests": [1]}']
)
@pytest.mark.parametrize(
    "path",
    [
        "table/incident",
        "v1/batch",
        "import/imp_user",
        "import/imp_user/insertMultiple",
        "attachment/file",
        "attachment/upload",
        "tinyurl",
        "/api/sn_chg_rest/change",
        "/oauth_token.do",
        "/_sandbox/faults",
        "/_sandbox/records",
        "/_sandbox/clock",
    ],
)
def test_any_body_is_answered(one: Caller, path: str, body: bytes) -> None:
    for kind in ("application/json", "application/xml", "multipart/form-data; boundary=x", ""):
        answer = one.call("POST", path, data=body, headers={"Content-Type": kind} if kind else {})
        assert answer.status_code < 500
        assert answer.content


@pytest.fixture(scope="module")
def one() -> Iterator[Caller]:
    """One served instance for all bodies."""
    with Server(ServiceNowSandbox().app) as server:
        caller = Caller(server.url, ADMIN)
        yield caller
        caller.session.close()
