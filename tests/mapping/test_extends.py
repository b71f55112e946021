"""One mapping file builds on another."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.errors import UserError
from syncd.mapping import desired_for, load_mappings
from tests.mapping.build import issue
from tests.mapping.test_loading import said_by, write

BASE = """\
target: {connection: servicenow, table: incident}
source: {connection: jira, jql: project = BASE}
fields:
  short_description: {from: summary}
  urgency: {from: priority.name, map: {High: 1, Low: 3}}
  category: {value: inquiry}
"""


def test_what_the_base_says_holds_unless_said_otherwise(tmp_path: Path) -> None:
    own = (
        "extends: base.yaml\nname: own\nsource: {jql: project = OWN}\nfields: {urgency: {map: {High: 2, Medium: 2}}}\n"
    )
    (m,) = load_mappings(write(tmp_path, base=BASE, own=own))
    assert (m.source.connection, m.source.jql) == ("jira", "project = OWN")
    high, low, medium = (
        desired_for(m, issue({"summary": "s", "priority": {"name": name}})).fields["urgency"]
        for name in ("High", "Low", "Medium")
    )
    assert (high, low, medium) == ("2", "3", "2")


def test_null_takes_something_of_the_base_away(tmp_path: Path) -> None:
    (m,) = load_mappings(write(tmp_path, base=BASE, own="extends: base.yaml\nname: own\nfields: {category: null}\n"))
    assert m.columns() == ("short_description", "urgency")


def test_another_source_of_a_value_replaces_the_field_whole(tmp_path: Path) -> None:
    own = "extends: base.yaml\nname: own\nfields: {urgency: {value: 1}}\n"
    (m,) = load_mappings(write(tmp_path, base=BASE, own=own))
    assert desired_for(m, issue()).fields["urgency"] == "1"


def test_bases_build_on_bases_and_files_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    write(tmp_path / "shared", root=BASE, middle="extends: root.yaml\nconflict: hold\n")
    (m,) = load_mappings(write(tmp_path, own="extends: shared/middle.yaml\nname: own\n"))
    assert (m.conflict.value, m.target.table) == ("hold", "incident")


def test_a_base_with_a_name_is_a_mapping_too(tmp_path: Path) -> None:
    write(tmp_path, base="name: first\n" + BASE, own="extends: base.yaml\nname: second\n")
    assert [m.name for m in load_mappings(tmp_path)] == ["first", "second"]


def test_a_file_without_a_name_that_nobody_extends_is_a_mistake(tmp_path: Path) -> None:
    assert said_by(write(tmp_path, base=BASE)) == ["base.yaml:1: name: is missing"]


def test_a_problem_in_the_base_names_the_base_and_comes_once(tmp_path: Path) -> None:
    base = BASE + "  impact: {from: 'a..b'}\n"
    write(tmp_path, base=base, one="extends: base.yaml\nname: one\n", two="extends: base.yaml\nname: two\n")
    (problem,) = said_by(tmp_path)
    assert problem.startswith("base.yaml:7: fields.impact.from: 'a..b' is not a path")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a": "extends: a.yaml\nname: a\n"}, "a.yaml:1: extends: a.yaml extends this file in turn; break the ring"),
        (
            {"a": "extends: b.yaml\nname: a\n", "b": "extends: a.yaml\nname: b\n"},
            "b.yaml:1: extends: a.yaml extends this file in turn; break the ring",
        ),
        ({"a": "name: a\nextends: gone.yaml\n"}, "a.yaml:2: extends: there is no file gone.yaml"),
        ({"a": "name: a\nextends: [b, c]\n"}, "a.yaml:2: extends: names one file, relative to this one"),
        ({"a": "- name: a\n"}, "a.yaml:1: a mapping file is a set of keys: name, source, target, ..."),
    ],
    ids=["itself", "a ring of two", "a file that is not there", "several files", "a list"],
)
def test_refused(tmp_path: Path, files: dict[str, str], said: str) -> None:
    assert said in said_by(write(tmp_path, **files))


def test_a_broken_base_is_reported_even_if_it_is_outside_the_folder(tmp_path: Path) -> None:
    (tmp_path / "mappings").mkdir()
    (tmp_path / "base.yaml").write_text("a: [", encoding="utf-8")
    write(tmp_path / "mappings", own="extends: ../base.yaml\nname: own\n")
    with pytest.raises(UserError, match=r"base\.yaml:1: is not valid YAML"):
        load_mappings(tmp_path / "mappings")
