"""Files -> mappings, or every problem of every file at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from syncd.core.policy import CommentPolicy, ConflictPolicy, HistoryPolicy, Policy
from syncd.errors import UserError
from syncd.mapping import load_mappings
from syncd.mapping.schema import NOT_YET
from tests.mapping.build import HEAD, mapping, problems


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def said_by(folder: Path) -> list[str]:
    with pytest.raises(UserError) as caught:
        load_mappings(folder)
    return [problem.replace(f"{folder}/", "") for problem in caught.value.problems]


def test_what_a_mapping_shows() -> None:
    m = mapping(
        """
        policy: create_only
        conflict: hold
        fields:
          short_description: {from: summary}
          urgency: {value: 1, conflict: target_wins}
        on_create: {contact_type: {value: phone}}
        status: {by_category: {done: {state: 6, close_code: x}}, conflict: source_wins}
        comments: {to: work_notes, edited: skip, deleted: skip, history: fold}
        """
    )
    assert (m.name, m.source.connection, m.source.jql, m.source.since) == ("m", "jira", "project = OPS", None)
    assert (m.target.connection, m.target.table, m.policy) == ("servicenow", "incident", Policy.CREATE_ONLY)
    assert m.columns() == ("close_code", "contact_type", "short_description", "state", "urgency")
    assert m.conflict_for("short_description") is ConflictPolicy.HOLD
    assert m.conflict_for("urgency") is ConflictPolicy.TARGET_WINS
    assert m.conflict_for("state") is ConflictPolicy.SOURCE_WINS
    assert (m.comments.to, m.comments.edited, m.comments.deleted, m.comments.history) == (
        "work_notes",
        CommentPolicy.SKIP,
        CommentPolicy.SKIP,
        HistoryPolicy.FOLD,
    )


def test_the_defaults_are_the_safe_ones() -> None:
    m = mapping("fields: {short_description: {from: summary}}")
    assert (m.policy, m.conflict) == (Policy.FULL, ConflictPolicy.SOURCE_WINS)
    assert m.comments.to == "work_notes"
    assert not m.comments.internal
    assert not m.comments.restricted


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("now", "now"),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T08:00:00+02:00", datetime(2026, 1, 31, 6, tzinfo=UTC)),
        ("2026-01-31 08:00", datetime(2026, 1, 31, 8, tzinfo=UTC)),
    ],
)
def test_since(said: str, read: object) -> None:
    head = f"name: m\nsource: {{connection: j, jql: x, since: '{said}'}}\ntarget: {{connection: s, table: t}}\n"
    assert mapping("", head).source.since == read


@pytest.mark.parametrize(
    ("body", "needed"),
    [
        ("fields: {a: {from: priority.name}}", ("priority", "security")),
        ("fields: {a: {from: key}}", ("security",)),
        ("fields: {a: {from: 'fields[\"Story Points\"]'}}", ("Story Points", "security")),
        ("fields: {a: {template: '{{ issue.key }} {{ issue.project.name }}'}}", ("project", "security")),
        ('fields: {a: {template: \'{{ issue.fields["Team"] or issue["x y"] }}\'}}', ("Team", "security", "x y")),
        ("fields: {a: {value: x, when: issue.issuetype.name == 'Bug'}}", ("issuetype", "security")),
        ("status: {by_category: {done: {state: 6}}}", ("security", "status")),
        ("status: {from: resolution.name, by_category: {done: {state: 6}}}", ("resolution", "security", "status")),
        ("status: {map: {Done: {notes: '{{ issue.assignee }}'}}}", ("assignee", "security", "status")),
    ],
)
def test_it_asks_for_the_fields_that_it_reads_and_for_the_security_level(body: str, needed: tuple[str, ...]) -> None:
    assert mapping(body).fields_needed() == needed


@pytest.mark.parametrize(
    "template", ["{{ issue[issue.key] }}", "{{ issue }}", "{% for i in [issue] %}{{ i.summary }}{% endfor %}"]
)
def test_it_asks_for_all_fields_when_a_template_chooses_as_it_runs(template: str) -> None:
    assert mapping(f"fields: {{a: {{template: {template!r}}}}}").fields_needed() == ()


def test_a_folder_is_all_its_yaml_files_in_the_order_of_names(tmp_path: Path) -> None:
    write(tmp_path, b=HEAD.replace("name: m", "name: alpha"), a=HEAD.replace("name: m", "name: zulu"))
    (tmp_path / "c.yml").write_text(HEAD, encoding="utf-8")
    (tmp_path / "README.md").write_text("not a mapping", encoding="utf-8")
    (tmp_path / ".hidden.yaml").write_text("nor this", encoding="utf-8")
    (tmp_path / "sub").mkdir()
    assert [m.name for m in load_mappings(tmp_path)] == ["alpha", "m", "zulu"]


def test_all_problems_of_all_files_come_at_once_with_file_and_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        a=HEAD + "fields:\n  urgency: {form: priority.name}\n  state: {value: 1, template: x}\nplicy: full\n",
        b="name: b\nsource: {connection: jira}\ntarget: {connection: servicenow, table: incident}\n",
        c="name: [\n",
    )
    assert said_by(tmp_path) == [
        "a.yaml:5: fields.urgency.form: there is no such key; did you mean from?",
        "a.yaml:6: fields.state: needs exactly one of from, value, template; it has value and template",
        "a.yaml:7: plicy: there is no such key; did you mean policy?",
        "b.yaml:2: source.jql: is missing",
        "c.yaml:2: is not valid YAML: while parsing a flow node expected the node content, but found '<stream end>'",
    ]


def test_two_mappings_of_one_name_are_refused(tmp_path: Path) -> None:
    write(tmp_path, a=HEAD, b=HEAD)
    assert said_by(tmp_path) == [
        f"b.yaml:1: name: m is the name of {tmp_path}/a.yaml too; every mapping needs its own".replace(
            f"{tmp_path}/", ""
        )
    ]


@pytest.mark.parametrize("key", NOT_YET)
def test_a_key_of_a_later_version_is_refused_rather_than_ignored(key: str) -> None:
    assert problems(f"{key}: {{x: 1}}") == [f"4: {key}: not supported in this version; leave it out"]


def test_no_such_place(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no mapping file or folder"):
        load_mappings(tmp_path / "nowhere")


def test_an_empty_folder_is_not_a_set_of_mappings(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no mapping"):
        load_mappings(tmp_path)


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"name: \xff\xfe")
    assert said_by(tmp_path) == ["a.yaml:1: is not UTF-8 text; save it as UTF-8"]
