"""The fingerprint of an issue as one mapping sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from syncd.core.model import Audience, Json
from syncd.mapping import Mapping, fingerprint_of
from tests.mapping.build import ANNA, NOON, comment, issue, mapping

M = mapping(
    """
    fields:
      short_description: {from: summary}
      assigned_to: {from: assignee, lookup: user}
      u_versions: {from: fixVersions.name}
      u_points: {from: Story Points}
      u_origin: {template: "{{ issue.project.name }}", when: issue.labels}
    status: {by_category: {done: {state: 6}}, otherwise: keep}
    """
)
FIELDS: dict[str, Json] = {
    "summary": "s",
    "assignee": ANNA,
    "fixVersions": [{"id": "1", "name": "1.0", "archived": False}],
    "customfield_1": 3.0,
    "project": {"id": "1", "name": "Operations"},
    "labels": ["a"],
    "status": {"name": "Open", "id": "1", "statusCategory": {"id": 2, "key": "new"}},
    "environment": "nobody reads this",
}
NAMES = {"customfield_1": "Story Points"}
ISSUE = issue(FIELDS, names=NAMES, comments=(comment("1"),))


def seen(mapping: Mapping = M, **changes: Json) -> str:
    return fingerprint_of(mapping, replace(ISSUE, fields={**FIELDS, **changes}))


BEFORE = seen()

IRRELEVANT: dict[str, dict[str, Json]] = {
    "a field that is not mapped": {"environment": "other"},
    "updated": {"updated": "2027-01-01T00:00:00.000+0000"},
    "a part that is not mapped": {"fixVersions": [{"id": "1", "name": "1.0", "archived": True}]},
    "the picture of a user": {"assignee": {**ANNA, "avatarUrls": {"16x16": "x"}, "active": False, "timeZone": "UTC"}},
    "the address of an object": {"project": {"self": "https://node2", "name": "Operations", "id": "1"}},
    "a number written otherwise": {"customfield_1": 3},
    "the id of a status": {"status": {"name": "Open", "id": "9", "statusCategory": {"key": "new"}}},
}
RELEVANT: dict[str, dict[str, Json]] = {
    "the summary": {"summary": "t"},
    "the e-mail of a user": {"assignee": {**ANNA, "emailAddress": "new@example.com"}},
    "nobody": {"assignee": None},
    "a version": {"fixVersions": []},
    "a field that is mapped by name": {"customfield_1": 5},
    "what a template reads": {"project": {"name": "Ops"}},
    "what a condition reads": {"labels": []},
    "the status": {"status": {"name": "Closed", "statusCategory": {"key": "new"}}},
    "the category of the status": {"status": {"name": "Open", "statusCategory": {"key": "done"}}},
    "issue security": {"security": {"name": "Staff"}},
}


@pytest.mark.parametrize("changes", IRRELEVANT.values(), ids=IRRELEVANT)
def test_does_not_change_with(changes: dict[str, Json]) -> None:
    assert seen(**changes) == BEFORE


@pytest.mark.parametrize("changes", RELEVANT.values(), ids=RELEVANT)
def test_changes_with(changes: dict[str, Json]) -> None:
    assert seen(**changes) != BEFORE


def test_neither_updated_nor_rendering_nor_a_key_that_nobody_reads_matters() -> None:
    other = replace(ISSUE, updated=NOON + timedelta(days=1), texts={"summary": "x"}, html={"summary": "x"}, key="DEV-9")
    assert fingerprint_of(M, other) == BEFORE


def test_the_key_matters_to_a_mapping_that_writes_it() -> None:
    for body in ("fields: {a: {from: key}}", "fields: {a: {template: '{{ issue.key }}'}}"):
        m = mapping(body)
        assert fingerprint_of(m, replace(ISSUE, key="DEV-9")) != fingerprint_of(m, ISSUE)


def test_absent_and_null_are_the_same() -> None:
    assert seen(environment=None) == seen()
    gone = {key: value for key, value in FIELDS.items() if key != "assignee"}
    assert fingerprint_of(M, replace(ISSUE, fields=gone)) == seen(assignee=None)


def test_every_change_of_the_comments_matters() -> None:
    for comments in ((), (comment("1", "edited"),), (comment("1", audience=Audience.INTERNAL),)):
        assert fingerprint_of(M, replace(ISSUE, comments=comments)) != BEFORE


def test_comments_do_not_matter_to_a_mapping_that_leaves_them_alone() -> None:
    m = mapping("comments: off")
    assert fingerprint_of(m, replace(ISSUE, comments=())) == fingerprint_of(m, ISSUE)


def test_the_mapping_matters() -> None:
    assert fingerprint_of(mapping("fields: {a: {value: 1}}"), ISSUE) != fingerprint_of(
        mapping("fields: {a: {value: 2}}"), ISSUE
    )


def test_everything_matters_to_a_template_that_chooses_as_it_runs_but_not_what_only_moves() -> None:
    m = mapping("fields: {a: {template: '{{ issue[issue.summary] }}'}}")
    assert seen(m, environment="other") != seen(m)
    assert seen(m, updated="2027", lastViewed="2027", watches={"watchCount": 2}) == seen(m)


def test_a_volatile_key_matters_to_a_mapping_that_reads_it() -> None:
    by_path = mapping("fields: {a: {from: assignee.active}}")
    by_template = mapping("fields: {a: {template: '{{ issue.assignee.active }}'}}")
    for m in (by_path, by_template):
        assert seen(m, assignee={**ANNA, "active": True}) != seen(m, assignee={**ANNA, "active": False})


def test_what_cannot_be_read_still_has_a_fingerprint() -> None:
    m = mapping("fields: {a: {from: summary.name}, b: {from: Team}}")
    twice = replace(ISSUE, names={"c1": "Team", "c2": "Team"}, fields={"summary": "s", "c1": 1, "c2": 2})
    assert fingerprint_of(m, twice) != fingerprint_of(m, replace(twice, fields={"summary": "s", "c1": 1, "c2": 3}))
