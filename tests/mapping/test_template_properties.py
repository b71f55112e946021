"""Any template whatever: refused with a sentence, or it makes a text or a problem of the issue, and soon."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.mapping.budget import MAX_OUTPUT
from syncd.mapping.sandbox import FILTER_NAMES, TEXT_METHODS
from syncd.mapping.templates import TemplateProblem, compile_condition, compile_template
from tests.mapping.build import ANNA, issue

ISSUE = issue(
    {
        "summary": "Printer on fire",
        "labels": ["a", "b"],
        "assignee": ANNA,
        "components": [{"name": "api"}],
        "n": 3.5,
        "big": "b" * 20_000,
        "resolution": None,
    }
)

ATOMS = """issue issue.summary issue.labels issue.assignee issue.n issue.big issue.resolution issue.key issue.fields
    issue.components.name 1 0 -7 99999999999999999 'x' '' none true [] loop x self _budget issue.__class__ ''.__class__
    issue['__dict__'] range lipsum"""
FILTERS = (*sorted(FILTER_NAMES), "attr('x')", "pprint", "format")
METHODS = (*sorted(TEXT_METHODS), "format", "center", "items")
OPERATORS = ("+", "-", "*", "/", "//", "%", "~", "**", "==", "<", "in", "and", "or")
TESTS = ("none", "defined", "string", "odd", "callable", "sameas 1")

expressions = st.recursive(
    st.sampled_from(ATOMS.split()),
    lambda e: st.one_of(
        st.builds("({} {} {})".format, e, st.sampled_from(OPERATORS), e),
        st.builds("{}|{}".format, e, st.sampled_from(FILTERS)),
        st.builds("{}|{}({}, {})".format, e, st.sampled_from(FILTERS), e, e),
        st.builds("{}.{}({})".format, e, st.sampled_from(METHODS), e),
        st.builds("{}[{}]".format, e, e),
        st.builds("{}[:{}]".format, e, e),
        st.builds("({} if {} else {})".format, e, e, e),
        st.builds("({} is {})".format, e, st.sampled_from(TESTS)),
    ),
    max_leaves=8,
)
blocks = st.one_of(
    st.builds("{{{{ {} }}}}".format, expressions),
    st.builds("{{% for x in {} %}}{{{{ {} }}}}{{% endfor %}}".format, expressions, expressions),
    st.builds("{{% if {} %}}{{{{ {} }}}}{{% endif %}}".format, expressions, expressions),
    st.text(max_size=8),
)
templates = st.lists(blocks, max_size=4).map("".join)


def outcome(source: str) -> str | ValueError | TemplateProblem:
    try:
        return compile_template(source).render(ISSUE)
    except (ValueError, TemplateProblem) as error:
        return error


@settings(max_examples=600, deadline=None)
@given(templates)
def test_any_template(source: str) -> None:
    match outcome(source):
        case str(text):
            assert len(text) <= MAX_OUTPUT
            assert "object at 0x" not in text
            assert "<built-in" not in text
        case error:
            assert str(error)


@settings(max_examples=200, deadline=None)
@given(expressions | st.text(max_size=20))
def test_any_condition(source: str) -> None:
    try:
        holds: object = compile_condition(source).holds(ISSUE)
    except (ValueError, TemplateProblem) as error:
        holds = str(error)
    assert holds in (True, False) or holds
