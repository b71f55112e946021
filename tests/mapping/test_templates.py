"""Templates: what they can say, and that they can neither run away nor reach out."""

from __future__ import annotations

import time

import pytest

from syncd.mapping.templates import TemplateProblem, compile_condition, compile_template
from tests.mapping.build import ANNA, issue

ISSUE = issue(
    {
        "summary": "Printer on fire",
        "description": "h1. wiki",
        "priority": {"self": "http://x", "name": "High", "id": "2"},
        "resolution": None,
        "assignee": ANNA,
        "project": {"key": "OPS", "name": "Operations"},
        "components": [{"name": "api"}, {"name": "db"}],
        "labels": ["red", "hot"],
        "customfield_1": 3.0,
        "customfield_2": {"value": "Europe", "child": {"value": "Paris"}},
        "flagged": True,
        "created": "2026-03-01T13:00:00.000+0100",
        "big": "b" * 30_000,
        "many": ["m"] * 30_000,
    },
    texts={"description": "wiki"},
    names={"customfield_1": "Story Points", "customfield_2": "Region", "summary": "Summary"},
)


def render(template: str) -> str:
    return compile_template(template).render(ISSUE)


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ issue.project.name }} / {{ issue.key }}", "Operations / OPS-1"),
        ("{{ issue.id }} {{ issue.url }}", "10001 https://example.atlassian.net/browse/OPS-1"),
        ("{{ issue.priority }}", "High"),
        ("{{ issue.assignee }}", "Anna Berg"),
        ("{{ issue.fields['Story Points'] }}", "3"),
        ("{{ issue['story points'] + 1 }}", "4"),
        ("{{ issue.fields.summary }}", "Printer on fire"),
        ("{{ issue.Region }}", "Europe / Paris"),
        ("{{ issue.description }}", "wiki"),
        ("{{ issue.resolution }}", ""),
        ("{{ issue.resolution.name.and.more }}", ""),
        ("{{ issue.resolution or 'Done' }} in Jira", "Done in Jira"),
        ("{{ issue.resolution | default('none') }}", "none"),
        ("{{ issue.nowhere }}", ""),
        ("{{ 'a' ~ issue.resolution ~ issue.customfield_1 ~ issue.flagged }}", "a3true"),
        ("{{ issue.labels }}", "red, hot"),
        ("{{ issue.labels | join(' ') }}", "red hot"),
        ("{{ issue.components.name | join('/') }}", "api/db"),
        ("{{ issue.components | map(attribute='name') | sort | last }}", "db"),
        ("{{ issue.components[1].name }}{{ issue.components[9] }}", "db"),
        ("{{ issue.components | length }}", "2"),
        ("{{ issue.labels[:1] }}{{ issue.labels[-1] }}{{ issue.resolution[:3] }}", "redhot"),
        ("{% for label in issue.labels %}{{ loop.index }}.{{ label }} {% endfor %}", "1.red 2.hot "),
        ("{% if 'hot' in issue.labels %}yes{% else %}no{% endif %}", "yes"),
        ("{% if 'api' in issue.components %}yes{% endif %}", "yes"),
        ("{{ issue.summary.upper() }} {{ issue.summary[:7] }}", "PRINTER ON FIRE Printer"),
        ("{{ issue.summary | truncate(8) }}", "Printer…"),
        ("{{ issue.created | datetime }} {{ issue.created | date }}", "2026-03-01 12:00:00 2026-03-01"),
        ("{{ issue.flagged }} {{ 1 > 2 }}", "true false"),
        ("{{ issue.priority == 'High' }}{{ issue.resolution is none }}{{ issue.resolution == '' }}", "truetruetrue"),
        ("{{ 'a' if issue.priority.id == '2' else 'b' }}", "a"),
        ("{# a remark #}x", "x"),
    ],
)
def test_a_template(template: str, text: str) -> None:
    assert render(template) == text


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("issue.priority.name == 'High'", True),
        ("issue.priority == 'Low' or issue.labels", True),
        ("issue.resolution", False),
        ("issue.nowhere.at.all", False),
        ("'hot' in issue.labels and not issue.resolution", True),
        ("issue['Story Points'] >= 5", False),
        ("true", True),
    ],
)
def test_a_condition(expression: str, holds: bool) -> None:
    assert compile_condition(expression).holds(ISSUE) is holds


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("{{ isue.key }}", "there is no isue here; a template knows only `issue`"),
        ("{{ range(9) }}", "there is no range here"),
        ("{{ _budget }}", "there is no _budget here"),
        ("{{ self }}", "there is no self here"),
        ("{% set a = 1 %}", "assign is not available"),
        ("{% macro m() %}{% endmacro %}", "macro is not available"),
        ("{% include 'x' %}", "include is not available"),
        ("{% import 'x' as x %}", "import is not available"),
        ("{% with a = 1 %}{% endwith %}", "with is not available"),
        ("{{ {'a': 1} }}", "dict is not available"),
        ("{{ 2 ** 9 }}", "pow is not available"),
        ("{{ issue.__class__ }}", ".__class__ is not available"),
        ("{{ issue | attr('key') }}", "No filter named 'attr'"),
        ("{{ issue | pprint }}", "No filter named 'pprint'"),
        ("{{ 'x' | center(9) }}", "No filter named 'center'"),
        ("{{ issue.key is callable }}", "No test named 'callable'"),
        ("{{ issue.key", "is not a valid template"),
        ("{{ 1[0:2] }}", "'int' object is not subscriptable"),
        ("{% for a in issue.labels recursive %}{% endfor %}", "a loop may not be recursive"),
        ("{% for a in '' %}" * 3 + "{% endfor %}" * 3, "loops may be nested 2 deep"),
        ("x" * 5000, "is longer than 4000 characters"),
        ("{{ " + "(" * 1500 + "1" + ")" * 1500 + " }}", "is "),
    ],
    ids=lambda value: value[:40],
)
def test_refused_when_the_mapping_is_loaded(template: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"is|not|no|loop") as caught:
        compile_template(template)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "template",
    [
        "{{ 'x' * 1000000000 }}",
        "{{ issue.labels * 1000000000 }}",
        "{{ '%1000000000d' % 1 }}",
        "{{ issue.summary.format(1) }}",
        "{{ issue.summary.ljust(1000000000) }}",
        "{{ issue.summary.center(1000000000) }}",
        "{{ issue.summary.encode() }}",
        "{{ issue.key['upper']['__self__'] }}",
        "{{ issue.labels.append('x') }}",
        "{{ issue.key() }}",
        "{{ loop() if false else issue.summary.join(issue.labels) }}",
        "{{ 999999999999999999 * 999999999999999999 }}",
        "{{ 1 / 0 }}",
        "{{ issue.summary + 1 }}",
        "{{ issue.summary.name }}",
        "{% for a in '" + "x" * 1500 + "' %}{% for b in '" + "x" * 1500 + "' %}{% endfor %}{% endfor %}",
        "{% for a in '" + "x" * 1900 + "' %}" + "{{ '" + "y" * 1000 + "' }}{% endfor %}",
        "{{ ('" + "x" * 3000 + "').replace('x', '" + "y" * 900 + "') }}",
        "{{ ('" + "x" * 3000 + "') | replace('x', '" + "y" * 900 + "') }}",
        "{{ ('" + "x" * 3000 + "') | join('" + "y" * 900 + "') }}",
        "{% for a in '" + "x" * 1900 + "' %}{{ (issue.big | upper | lower | trim | length)[:0] }}{% endfor %}",
        "{% for a in '" + "x" * 1900 + "' %}{{ (issue.big ~ issue.big ~ issue.big)[:1] }}{% endfor %}",
        "{% for a in '" + "x" * 1900 + "' %}{{ issue.big.upper()[:1] }}{% endfor %}",
        "{% for a in '" + "x" * 1900 + "' %}{{ (issue.big + issue.big)[:1] }}{% endfor %}",
        "{% for a in '" + "x" * 1900 + "' %}{{ issue.many | sort | first }}{% endfor %}",
        "{{ issue.summary.upper }}",
        "{{ issue.labels | map('upper') }}",
    ],
    ids=lambda template: template[:50],
)
def test_stopped_while_it_runs(template: str) -> None:
    began = time.monotonic()
    with pytest.raises((TemplateProblem, ValueError), match=r"fails|more than|no loop|more characters"):
        render(template)
    assert time.monotonic() - began < 10


def test_an_attribute_of_python_is_nothing_but_a_field_that_is_not_there() -> None:
    assert render("{{ issue['__class__'] }}{{ issue.priority['__init__'] }}{{ issue.priority.data }}") == ""


def test_two_fields_of_one_name_are_never_guessed_at() -> None:
    twice = issue({"customfield_1": 1, "customfield_2": 2}, names={"customfield_1": "Team", "customfield_2": "Team"})
    with pytest.raises(TemplateProblem, match="names 2 fields"):
        compile_template("{{ issue.Team }}").render(twice)


@pytest.mark.parametrize(
    "source", ["{{ 99999999999 ** 99999999999 }}", "{{ 9 ** 9 ** 9 }}", "{% if 9 ** 9 ** 9 %}x{% endif %}"]
)
def test_a_runaway_constant_is_refused_before_it_is_worked_out(source: str) -> None:
    with pytest.raises(ValueError, match="pow is not available"):
        compile_template(source)


def test_a_constant_that_fails_is_a_problem_of_the_issue_and_not_of_the_program() -> None:
    with pytest.raises(TemplateProblem):
        compile_template("{{ (issue if ''|first else issue) }}").render(issue())
