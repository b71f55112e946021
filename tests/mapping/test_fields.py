"""What a field of the mapping makes of an issue."""

from __future__ import annotations

import pytest

from syncd.core.model import Issue, Json, Reference, Value
from syncd.errors import IssueError
from syncd.mapping import desired_for
from tests.mapping.build import ANNA, issue, mapping

LEFT_ALONE = object()


def column(spec: str, value: Json, **more: object) -> object:
    """What `u_x` becomes when `source` has this value."""
    of = issue({"source": value}, **more)  # type: ignore[arg-type]  # the keywords of issue()
    return desired_for(mapping(f"fields: {{u_x: {spec}}}"), of).fields.get("u_x", LEFT_ALONE)


def problem(spec: str, value: Json) -> str:
    with pytest.raises(IssueError) as caught:
        column(spec, value)
    assert caught.value.cause == "mapping"
    return str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ("two\r\nlines\rthree", "two\nlines\nthree"),
        ("a\x00b\x07c\ttab", "abc\ttab"),
        ("half an emoji \ud83d", "half an emoji \ufffd"),
        ("line\u2028separator", "line\u2028separator"),
        (1.0, "1"),
        (1.5, "1.5"),
        (3, "3"),
        (True, "true"),
        (False, "false"),
        ({"name": "High", "id": "2"}, "High"),
        ({"displayName": "Anna Berg", "name": "aberg"}, "Anna Berg"),
        ({"value": "Red", "id": "10021"}, "Red"),
        ({"value": "Europe", "child": {"value": "Paris", "id": "7"}, "id": "6"}, "Europe / Paris"),
        ({"key": "OPS-2", "id": "10002"}, "OPS-2"),
        (["a", None, "b"], "a, b"),
        ([{"name": "api"}, {"name": "db"}], "api, db"),
    ],
)
def test_how_a_value_reads_as_text(value: Json, text: str) -> None:
    assert column("{from: source}", value) == text


@pytest.mark.parametrize("empty", [None, "", [], {}])
def test_an_empty_field_clears_the_column(empty: Json) -> None:
    assert column("{from: source}", empty) == ""
    assert column("{from: source, clear: false}", empty) is LEFT_ALONE


def test_a_field_that_the_issue_does_not_have_is_as_empty_as_one_that_is_null() -> None:
    m = mapping("fields: {u_x: {from: source}}")
    assert desired_for(m, issue({})) == desired_for(m, issue({"source": None}))


def test_an_object_without_a_name_is_a_problem_not_a_guess() -> None:
    assert "source is an object without a name (it has hasEpicLink, showField)" in problem(
        "{from: source}", {"showField": False, "hasEpicLink": False}
    )


def test_a_path_into_plain_text_is_a_problem() -> None:
    assert "source.name is a plain value ('High') and has no 'name'" in problem("{from: source.name}", "High")


def test_a_field_can_be_named_by_id_by_name_and_by_name_in_another_case() -> None:
    of = issue({"customfield_1": 5.0}, names={"customfield_1": "Story Points"})
    for path in ("customfield_1", "Story Points", "story points", 'fields["Story Points"]'):
        assert desired_for(mapping(f"fields: {{u_x: {{from: '{path}'}}}}"), of).fields == {"u_x": "5"}


def test_a_name_that_two_fields_have_is_a_problem() -> None:
    of = issue({"customfield_1": 1, "customfield_2": 2}, names={"customfield_1": "Team", "customfield_2": "Team"})
    with pytest.raises(IssueError, match=r"Team names 2 fields \(customfield_1, customfield_2\); use the id"):
        desired_for(mapping("fields: {u_x: {from: Team}}"), of)


class TestRichText:
    def test_arrives_as_plain_text(self) -> None:
        assert column("{from: source}", "h1. wiki", texts={"source": "plain"}) == "plain"

    def test_as_html_is_wrapped_for_servicenow_and_cannot_break_out(self) -> None:
        assert column("{from: source, format: html}", "h1. wiki", html={"source": "<p>a [/code]</p>"}) == (
            "[code]<p>a (/code)</p>[/code]"
        )

    def test_empty_html_is_empty(self) -> None:
        assert column("{from: source, format: html}", None, html={"source": ""}) == ""


class TestMap:
    def test_finds_the_value_exactly_first_then_in_any_case(self) -> None:
        spec = "{from: source, map: {High: 1, low: 3}}"
        assert (column(spec, "High"), column(spec, "HIGH"), column(spec, " Low ")) == ("1", "1", "3")

    def test_finds_an_object_by_its_name(self) -> None:
        assert column("{from: source, map: {High: 1}}", {"name": "High"}) == "1"

    @pytest.mark.parametrize("key", ["null", "~", '"null"'])
    @pytest.mark.parametrize("empty", [None, "", []])
    def test_has_the_key_null_for_a_missing_value(self, key: str, empty: Json) -> None:
        assert column(f"{{from: source, map: {{{key}: 3}}}}", empty) == "3"

    def test_the_words_none_and_null_in_jira_are_values_like_others(self) -> None:
        assert column("{from: source, map: {None: 3, null: 4}}", "None") == "3"
        assert 'source is "null", which the map does not have' in problem("{from: source, map: {null: 4}}", "null")

    def test_keys_and_values_that_yaml_might_take_for_something_else_are_text(self) -> None:
        assert column("{from: source, map: {1: yes, on: 2}}", "1") == "yes"
        assert column("{from: source, map: {1: yes, on: 2}}", "on") == "2"
        assert column("{from: source, map: {true: 01}}", True) == "01"

    def test_an_unknown_value_names_the_field_the_value_the_place_and_the_way_out(self) -> None:
        said = problem("{from: source.name, map: {High: 1}}", {"name": "Blocker"})
        assert said.startswith("OPS-1 cannot be mapped: ")
        assert said.endswith(
            'm.yaml:4: fields.u_x: source.name is "Blocker", which the map does not have; '
            "add it to the map, or a default"
        )

    def test_a_missing_value_that_the_map_does_not_know_is_a_problem_too(self) -> None:
        assert "source is no value, which the map does not have; add `null: ...`" in problem(
            "{from: source, map: {High: 1}}", None
        )

    def test_default_stands_in_for_unknown_and_for_missing(self) -> None:
        spec = "{from: source, map: {High: 1}, default: 3}"
        assert (column(spec, "Odd"), column(spec, None)) == ("3", "3")

    def test_null_leaves_the_column_alone(self) -> None:
        assert column("{from: source, map: {High: null}}", "High") is LEFT_ALONE
        assert column("{from: source, map: {High: 1}, default: null}", "Odd") is LEFT_ALONE
        assert column("{from: source, default: null}", None) is LEFT_ALONE

    def test_maps_every_item_of_a_list(self) -> None:
        assert column("{from: source, map: {a: x}, default: '', transform: {join: ' '}}", ["a", "b", "A"]) == "x x"

    def test_of_a_template(self) -> None:
        assert column("{template: '{{ issue.source }}!', map: {hi!: 1}}", "hi") == "1"


def test_default_without_a_map_stands_in_for_an_empty_value_only() -> None:
    assert column("{from: source, default: x}", None) == "x"
    assert column("{from: source, default: x}", "y") == "y"


def test_required() -> None:
    assert column("{from: source, required: true}", "x") == "x"
    assert "source is empty, and the mapping says required" in problem("{from: source, required: true}", None)
    assert "says required" in problem("{from: source, required: true, transform: strip}", "  ")


def test_when() -> None:
    spec = "{value: x, when: issue.source == 'yes'}"
    assert column(spec, "yes") == "x"
    assert column(spec, "no") is LEFT_ALONE


def test_a_template_that_fails_is_a_problem_of_the_issue() -> None:
    assert "fields.u_x: the template fails: + is for numbers" in problem("{template: '{{ issue.source + 1 }}'}", "x")


class TestShortDescription:
    def short(self, summary: str, transform: str = "") -> tuple[Value, tuple[str, ...]]:
        m = mapping(f"fields: {{short_description: {{from: summary{transform}}}}}")
        desired = desired_for(m, issue({"summary": summary}))
        return desired.fields["short_description"], desired.warnings

    def test_that_fits_is_left_as_it_is(self) -> None:
        assert self.short("x" * 160) == ("x" * 160, ())

    def test_that_is_too_long_is_cut_and_said(self) -> None:
        assert self.short("x" * 161) == ("x" * 159 + "…", ("short_description: cut from 161 to 160 characters",))

    def test_that_is_cut_on_purpose_is_not_worth_a_warning(self) -> None:
        assert self.short("x" * 161, ", transform: {truncate: 100}") == ("x" * 99 + "…", ())

    def test_is_not_cut_within_an_emoji(self) -> None:
        family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
        cut, _ = self.short("x" * 156 + family + "y" * 9)
        assert cut == "x" * 156 + "…"


class TestLookup:
    def test_of_a_user_tries_the_email_then_the_login_and_never_the_display_name(self) -> None:
        assert column("{from: source, lookup: user}", ANNA) == Reference(
            "sys_user", (("email", "anna@example.com"), ("user_name", "aberg")), "Anna Berg"
        )

    def test_of_a_text_tries_the_user_name_the_email_and_the_name(self) -> None:
        assert column("{value: integration.user, lookup: user}", None) == Reference(
            "sys_user",
            (("user_name", "integration.user"), ("email", "integration.user"), ("name", "integration.user")),
            "integration.user",
        )

    def test_of_a_group(self) -> None:
        assert column("{value: Platform, lookup: group}", None) == Reference(
            "sys_user_group", (("name", "Platform"),), "Platform"
        )

    def test_in_any_table(self) -> None:
        assert column("{from: source, lookup: {table: cmn_location, column: city}}", {"value": "Paris"}) == Reference(
            "cmn_location", (("city", "Paris"),), "Paris"
        )

    def test_of_32_hex_digits_tries_the_sys_id_first(self) -> None:
        sys_id = "0123456789abcdef0123456789abcdef"
        assert column(f"{{value: {sys_id}, lookup: group}}", None) == Reference(
            "sys_user_group", (("sys_id", sys_id), ("name", sys_id)), sys_id
        )

    def test_of_nobody_leaves_the_column_alone_unless_told_to_clear_it(self) -> None:
        assert column("{from: source, lookup: user}", None) is LEFT_ALONE
        assert column("{from: source, lookup: user, clear: true}", None) == ""

    def test_of_somebody_of_whom_jira_shows_only_the_name_leaves_the_column_alone_and_says_so(self) -> None:
        m = mapping("fields: {assigned_to: {from: source, lookup: user, clear: true}}")
        desired = desired_for(m, issue({"source": {"accountId": "5b10", "displayName": "Anna Berg"}}))
        assert desired.fields == {}
        assert desired.warnings == (
            "assigned_to: Jira shows neither e-mail nor login of Anna Berg; the column is left alone",
        )

    def test_of_a_list_takes_one_and_only_one(self) -> None:
        one = column("{from: source, lookup: user}", [ANNA])
        assert isinstance(one, Reference)
        assert "source holds 2 values and a lookup needs one" in problem("{from: source, lookup: user}", [ANNA, ANNA])
        assert column("{from: source, lookup: user, transform: first}", [ANNA, {"name": "x"}]) == one

    def test_after_a_map(self) -> None:
        found = column("{from: source.name, map: {api: Platform}, lookup: group}", {"name": "API"})
        assert found == Reference("sys_user_group", (("name", "Platform"),), "Platform")


class TestOnCreate:
    def of(self, body: str, fields: Issue) -> tuple[dict[str, Value], dict[str, Value]]:
        desired = desired_for(mapping(body), fields)
        return dict(desired.fields), dict(desired.on_create)

    def test_is_kept_apart_from_what_is_kept_true(self) -> None:
        fields, on_create = self.of("fields: {a: {value: 1}}\non_create: {b: {value: 2}}", issue())
        assert (fields, on_create) == ({"a": "1"}, {"b": "2"})

    def test_gives_a_column_its_first_value_where_the_field_leaves_it_alone(self) -> None:
        body = "fields: {a: {from: source, clear: false}}\non_create: {a: {value: first}}"
        assert self.of(body, issue({"source": None})) == ({}, {"a": "first"})
        assert self.of(body, issue({"source": "own"})) == ({"a": "own"}, {})

    def test_has_nothing_to_clear(self) -> None:
        assert self.of("on_create: {a: {from: source}}", issue({})) == ({}, {})


def test_all_problems_of_an_issue_come_at_once() -> None:
    m = mapping(
        """
        fields:
          a: {from: priority, map: {High: 1}}
          b: {from: summary, required: true}
        on_create: {c: {from: priority.name}}
        status: {map: {Done: {state: 6}}}
        """
    )
    with pytest.raises(IssueError) as caught:
        desired_for(m, issue({"priority": "Odd", "summary": "", "status": {"name": "Stuck"}}))
    message = str(caught.value)
    assert all(place in message for place in ("fields.a", "fields.b", "on_create.c", "status: status.name is"))
    assert message.count("m.yaml:") == 4
