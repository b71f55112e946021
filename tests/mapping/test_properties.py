"""Laws of the mapper over arbitrary issues: it maps or raises IssueError, it is pure, and the fingerprint covers it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.model import Audience, Desired, Issue, Json, Reference
from syncd.errors import IssueError
from syncd.mapping import Mapping, desired_for, fingerprint_of
from tests.mapping.build import comment, issue, mapping

M = mapping(
    """
    users: {fallback: triage}
    on_create: {caller_id: {from: reporter, lookup: user}}
    fields:
      short_description: {from: summary, transform: [one_line, {truncate: 160}]}
      description: {from: description}
      u_html: {from: description, format: html}
      urgency: {from: priority.name, map: {High: 1, null: 3}}
      assigned_to: {from: assignee, lookup: user}
      u_labels: {from: labels, transform: [{join: ' '}, upper]}
      u_versions: {from: fixVersions.0.name, transform: [strip]}
      u_due: {from: duedate, transform: date, when: issue.duedate}
      u_when: {from: created, transform: datetime}
      u_points: {from: Points}
      u_first: {from: labels, transform: [first, {default: none}], clear: false}
      u_text:
        template: >-
          {{ issue.key }} {{ issue.summary | upper }} {{ issue.assignee.name or 'nobody' }}
          {% for label in issue.labels %}{{ loop.index }}{{ label }}{% endfor %}
          {{ issue.fields['Points'] }} {{ issue.components | map(attribute='name') | join }}
    status:
      map: {Done: {state: 6, close_notes: "{{ issue.resolution or 'Done' }}"}}
      by_category: {new: {state: 1}}
      otherwise: keep
    comments: {restricted: send}
    """
)

NAMES = (
    *("summary", "description", "priority", "assignee", "reporter", "labels", "fixVersions", "duedate", "created"),
    *("customfield_1", "components", "resolution", "status", "security"),
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(alphabet=st.characters(exclude_categories=()), max_size=8)
    | st.sampled_from(["High", "Done", "2026-03-01", "2026-03-01T12:00:00.000+0000", "null", "x" * 200])
)
keys = st.sampled_from(["name", "key", "id", "value", "displayName", "emailAddress", "child", "statusCategory", "self"])
values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=3), inner, max_size=4),
    max_leaves=6,
)
fields = st.dictionaries(st.sampled_from(NAMES), values, max_size=len(NAMES))
texts = st.dictionaries(st.sampled_from(["description", "summary"]), st.text(max_size=8))
comments = st.lists(
    st.builds(comment, st.integers(1, 99).map(str), st.text(max_size=9), st.sampled_from(Audience), st.integers(0, 9)),
    max_size=4,
    unique_by=lambda c: c.id,
).map(tuple)
issues = st.builds(
    lambda f, t, c: issue(f, texts=t, html=t, comments=c, names={"customfield_1": "Points"}), fields, texts, comments
)


def result(mapping: Mapping, of: Issue) -> Desired | str:
    try:
        return desired_for(mapping, of)
    except IssueError as error:
        return str(error)


@settings(max_examples=300, deadline=None)
@given(issues)
def test_any_issue_is_mapped_or_refused_with_an_issue_error(of: Issue) -> None:
    match result(M, of):
        case str(message):
            assert message.startswith("OPS-1 cannot be mapped: ")
        case Desired() as desired:
            assert set(desired.fields) | set(desired.on_create) <= set(M.columns())
            assert all(isinstance(v, str | Reference) for v in (*desired.fields.values(), *desired.on_create.values()))


@settings(max_examples=200, deadline=None)
@given(issues)
def test_what_it_writes_can_be_stored_anywhere(of: Issue) -> None:
    desired = result(M, of)
    if isinstance(desired, Desired):
        written = [v for v in desired.fields.values() if isinstance(v, str)] + [note.text for note in desired.notes]
        for text in written:
            assert "\x00" not in text
            assert "\r" not in text
            text.encode("utf-8")  # no half of an emoji, which UTF-8 cannot hold
        assert len(str(desired.fields["short_description"])) <= 160


@settings(max_examples=200, deadline=None)
@given(issues)
def test_an_unresolvable_or_empty_user_never_clears(of: Issue) -> None:
    desired = result(M, of)
    if isinstance(desired, Desired):
        assert desired.fields.get("assigned_to", "left alone") != ""
        assert desired.on_create.get("caller_id", "left alone") != ""


@settings(max_examples=200, deadline=None)
@given(issues)
def test_every_comment_is_sent_or_withheld_and_nothing_private_is_sent(of: Issue) -> None:
    desired = result(M, of)
    if isinstance(desired, Desired):
        sent = {note.comment_id for note in desired.notes}
        withheld = {w.comment_id for w in desired.withheld}
        assert sent | withheld == {c.id for c in of.comments}
        assert not sent & withheld
        may = {c.id for c in of.comments if c.audience in (Audience.PUBLIC, Audience.RESTRICTED)}
        assert sent == may


@settings(max_examples=200, deadline=None)
@given(issues)
def test_it_is_pure(of: Issue) -> None:
    assert result(M, of) == result(M, of)
    assert fingerprint_of(M, of) == fingerprint_of(M, of)


@settings(max_examples=300, deadline=None)
@given(issues, st.sampled_from(NAMES), values)
def test_what_changes_the_record_changes_the_fingerprint(of: Issue, name: str, value: Json) -> None:
    """Except for rendered text, which follows its source: description and summary come without one here."""
    before = replace(of, texts={}, html={})
    after = replace(before, fields={**before.fields, name: value})
    if fingerprint_of(M, before) == fingerprint_of(M, after):
        assert result(M, before) == result(M, after)


@pytest.mark.parametrize("depth", [50, 200, 900])
def test_a_deeply_nested_value_is_an_issue_error_at_worst(depth: int) -> None:
    value: Json = "x"
    for _ in range(depth):
        value = [value]
    of = issue({"summary": value, "labels": value, "status": value, "assignee": value})
    assert result(M, of)
    assert fingerprint_of(M, of)
