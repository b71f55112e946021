"""`ceilings` in a mapping, and which writes count as closing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.core.model import Issue
from syncd.core.policy import FIRST_CYCLES, Ceiling, Ceilings
from syncd.mapping import closes
from syncd.mapping.model import Mapping
from tests.mapping.build import HEAD, mapping, problems

STATUS = """
status:
  map:
    Open: {state: 1}
    Done: {state: 6, close_code: Solved}
"""


def ops(more: str = "") -> Mapping:
    return mapping(f"{STATUS}{more}", HEAD)


def issue(category: str | None) -> Issue:
    status = {"name": "Whatever"} if category is None else {"name": "Whatever", "statusCategory": {"key": category}}
    return Issue("jira.example", "1", "OPS-1", "", datetime(2026, 1, 5, tzinfo=UTC), {"status": status})


@pytest.mark.parametrize(
    ("said", "ceilings"),
    [
        ("", Ceilings(200, 50)),
        ("ceilings: off", Ceilings(None, None)),
        ("ceilings: {create: 5}", Ceilings(5, 50)),
        ("ceilings: {create: off, close: 0}", Ceilings(None, 0)),
    ],
)
def test_what_can_be_said(said: str, ceilings: Ceilings) -> None:
    assert ops(said).ceilings == ceilings


@pytest.mark.parametrize("wrong", ["-1", "many", "1.5", "true"])
def test_what_is_no_ceiling(wrong: str) -> None:
    (problem,) = problems(f"ceilings: {{create: {wrong}}}")
    assert "ceilings.create: must be a whole number from 0 up, or off" in problem


def test_a_misspelt_ceiling_is_told_from_the_two_there_are() -> None:
    assert problems("ceilings: {creates: 5}") == ["4: ceilings.creates: there is no such key; did you mean create?"]


def test_a_first_listing_may_create_what_ten_cycles_may() -> None:
    assert FIRST_CYCLES == 10
    assert Ceilings(create=5).limit(Ceiling.FIRST) == 50


@pytest.mark.parametrize(
    ("category", "columns", "is_closing"),
    [
        ("done", {"state": "6"}, True),
        ("done", {"close_code": "Solved"}, True),
        ("done", {"short_description": "x"}, False),
        ("indeterminate", {"state": "2"}, False),
        (None, {"state": "6"}, False),
    ],
)
def test_a_write_closes_when_the_status_of_an_issue_that_is_done_sets_it(
    category: str | None, columns: dict[str, str], is_closing: bool
) -> None:
    assert closes(ops(), issue(category), columns) is is_closing


def test_a_final_value_closes_whatever_the_status() -> None:
    text = HEAD.replace("table: incident", "table: incident, final: {state: [7, 8]}")
    assert text != HEAD
    final = mapping(STATUS, text)
    assert closes(final, issue("new"), {"state": "7"})
    assert not closes(final, issue("new"), {"state": "6"})


def test_the_category_is_asked_for_where_it_must_be_known() -> None:
    custom = STATUS.replace("status:\n", "status:\n  from: customfield_10001.value\n")
    assert "status" in mapping(custom, HEAD).fields_needed()
    assert "status" not in mapping(f"{custom}ceilings: off", HEAD).fields_needed()
