"""The status block: one status, several columns."""

from __future__ import annotations

import pytest

from syncd.core.model import Issue, Reference, Value
from syncd.errors import IssueError
from syncd.mapping import desired_for
from tests.mapping.build import issue, mapping

BLOCK = """
status:
  map:
    In Progress: {state: 2}
    Done: {state: 6, close_code: Solution provided, close_notes: "{{ issue.resolution or 'Done' }} in Jira"}
  by_category:
    new: {state: 1}
    done: {state: 7}
"""


def at(name: str | None, category: str | None = None, **fields: object) -> Issue:
    status = {"name": name, "statusCategory": {"key": category}} if name else None
    return issue({"status": status, **fields})


def columns(of: Issue, more: str = "") -> dict[str, Value]:
    return dict(desired_for(mapping(BLOCK + more), of).fields)


def test_a_status_sets_all_the_columns_that_go_with_it() -> None:
    assert columns(at("Done", "done", resolution={"name": "Fixed"})) == {
        "state": "6",
        "close_code": "Solution provided",
        "close_notes": "Fixed in Jira",
    }


def test_the_name_comes_before_the_category_and_in_any_case() -> None:
    assert columns(at("in progress", "new")) == {"state": "2"}


def test_the_category_decides_for_a_name_that_is_not_in_the_map() -> None:
    assert columns(at("Erledigt", "done")) == {"state": "7"}


def test_a_status_that_neither_knows_is_an_error_of_the_issue() -> None:
    with pytest.raises(IssueError) as caught:
        columns(at("Stuck", "indeterminate"))
    assert str(caught.value).endswith(
        'm.yaml:5: status: status.name is "Stuck", which the map does not have and by_category has no indeterminate; '
        "add it to map or by_category, or say `otherwise: keep`"
    )


def test_otherwise_keep_leaves_everything_alone() -> None:
    assert columns(at("Stuck", "indeterminate"), "  otherwise: keep") == {}


def test_otherwise_can_set_columns() -> None:
    assert columns(at("Stuck"), "  otherwise: {state: 3}") == {"state": "3"}


def test_an_issue_without_a_status_is_what_the_key_null_says() -> None:
    m = mapping("status: {map: {null: {state: 1}}}")
    assert desired_for(m, at(None)).fields == {"state": "1"}
    with pytest.raises(IssueError, match=r"status\.name is no value"):
        columns(at(None))


def test_another_field_can_decide() -> None:
    m = mapping("status: {from: resolution.name, map: {Fixed: {state: 6}, null: {state: 2}}}")
    assert desired_for(m, issue({"resolution": {"name": "Fixed"}})).fields == {"state": "6"}
    assert desired_for(m, issue({"resolution": None})).fields == {"state": "2"}


def test_a_path_into_plain_text_is_a_problem() -> None:
    with pytest.raises(IssueError, match=r"status\.from: status\.name is a plain value"):
        desired_for(mapping(BLOCK), issue({"status": "Done"}))


def test_a_category_that_is_not_an_object_is_no_category() -> None:
    m = mapping("status: {from: id, by_category: {done: {state: 6}}, otherwise: keep}")
    assert desired_for(m, issue({"status": {"statusCategory": "done"}})).fields == {}


def test_the_long_form_of_a_column_can_look_something_up() -> None:
    m = mapping("status: {map: {Done: {assignment_group: {value: Closers, lookup: group}, active: false}}}")
    assert desired_for(m, at("Done")).fields == {
        "assignment_group": Reference("sys_user_group", (("name", "Closers"),), "Closers"),
        "active": "false",
    }


def test_a_template_that_fails_names_its_place() -> None:
    m = mapping("status:\n  map:\n    Done:\n      close_notes: '{{ issue.summary + 1 }}'\n")
    with pytest.raises(IssueError, match=r"m\.yaml:7: status\.map\.Done\.close_notes: the template fails"):
        desired_for(m, at("Done", summary="x"))
