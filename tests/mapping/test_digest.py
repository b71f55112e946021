"""The digest of a mapping: what makes syncd look at every issue again, and what does not."""

from __future__ import annotations

import pytest

from tests.mapping.build import HEAD, mapping

BODY = """
fields:
  short_description: {from: summary, transform: [one_line, {truncate: 160}]}
  urgency: {from: priority.name, map: {High: 1, Low: 3}, default: 3}
status: {by_category: {done: {state: 6}}}
"""
DIGEST = mapping(BODY).digest

SAME = {
    "comments and blank lines": ("fields:", "\n# how it looks\n\nfields: # here"),
    "quotes": ("High: 1", '"High": "1"'),
    "the order of a map": ("{High: 1, Low: 3}", "{Low: 3, High: 1}"),
    "a default that is said": ("{from: summary,", "{from: summary, required: false,"),
    "a single step in a list": ("default: 3}", "default: 3, transform: []}"),
    "another word for what is gone": ("\nfields:", "\nlifecycle: {deleted: keep}\nfields:"),
    "issue in front of a path": ("from: summary", "from: issue.summary"),
}

OTHER = {
    "another path": ("from: summary", "from: key"),
    "another entry": ("Low: 3", "Low: 2"),
    "no default": (", default: 3", ""),
    "a default of null": ("default: 3", "default: null"),
    "another step": ("160", "100"),
    "another order of steps": ("[one_line, {truncate: 160}]", "[{truncate: 160}, one_line]"),
    "another column": ("urgency", "impact"),
    "another state": ("state: 6", "state: 7"),
    "another policy": ("\nfields:", "\npolicy: observe\nfields:"),
    "another answer to conflicts": ("\nfields:", "\nconflict: hold\nfields:"),
    "comments that are sent": ("\nfields:", "\ncomments: {internal: send}\nfields:"),
    "a lookup": ("default: 3}", "default: 3, lookup: group}"),
}


@pytest.mark.parametrize(("old", "new"), SAME.values(), ids=SAME)
def test_does_not_change_with(old: str, new: str) -> None:
    assert old in BODY
    assert mapping(BODY.replace(old, new)).digest == DIGEST


@pytest.mark.parametrize(("old", "new"), OTHER.values(), ids=OTHER)
def test_changes_with(old: str, new: str) -> None:
    assert old in BODY
    assert mapping(BODY.replace(old, new)).digest != DIGEST


@pytest.mark.parametrize(
    ("old", "new"),
    [("project = OPS", "project = DEV"), ("connection: jira", "connection: other"), ("name: m", "name: n")],
)
def test_where_issues_are_looked_for_does_not_change_what_is_written(old: str, new: str) -> None:
    assert mapping(BODY, HEAD.replace(old, new)).digest == DIGEST


def test_another_table_does() -> None:
    assert mapping(BODY, HEAD.replace("incident", "problem")).digest != DIGEST


def test_a_template_is_the_same_wherever_it_stands_in_the_file() -> None:
    short = mapping("status: {map: {Done: {notes: '{{ issue.key }}'}}}")
    long = mapping("status:\n  map:\n    Done:\n      notes: {template: '{{ issue.key }}'}\n")
    assert short.digest == long.digest
