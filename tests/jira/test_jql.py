"""What is read out of a user's filter, and how it is asked."""

from __future__ import annotations

import pytest

from syncd.jira.jql import ORDER, closes, of_ids, ordered, projects_named, without_order


@pytest.mark.parametrize(
    ("filter_", "rest"),
    [
        pytest.param("project = A", "project = A", id="none"),
        pytest.param("project = A ORDER BY rank", "project = A", id="at the end"),
        pytest.param("project = A order   by\n key desc, rank", "project = A", id="small letters, line break"),
        pytest.param("ORDER BY created", "", id="nothing else"),
        pytest.param('summary ~ "order by" AND x = 1', 'summary ~ "order by" AND x = 1', id="in quotes"),
        pytest.param(r'a = "x\" ORDER BY b" ORDER BY c', r'a = "x\" ORDER BY b"', id="in quotes with a quote"),
        pytest.param("a = 'it order by' ORDER BY c", "a = 'it order by'", id="single quotes"),
        pytest.param("reorder = 1 AND order_by = 2", "reorder = 1 AND order_by = 2", id="words that contain it"),
        pytest.param("(a = 1 ORDER BY c) AND (key = X-1)", "(a = 1) AND (key = X-1)", id="within brackets"),
        pytest.param("(a in (1) ORDER BY f(c)) AND (b)", "(a in (1)) AND (b)", id="brackets in it"),
    ],
)
def test_our_order_takes_the_place_of_theirs(filter_: str, rest: str) -> None:
    assert without_order(filter_) == rest


def test_an_or_in_the_filter_does_not_swallow_the_time() -> None:
    asked = ordered("a = 1 OR b = 2 ORDER BY c", "updated >= 5")
    assert asked == f"(a = 1 OR b = 2) AND updated >= 5 {ORDER}"


def test_everything_is_asked_for_without_a_time() -> None:
    assert ordered("a = 1") == f"(a = 1) {ORDER}"


def test_an_empty_filter_stays_bounded() -> None:
    assert ordered("") == f"updated >= 0 {ORDER}"
    assert ordered(" ORDER BY rank", "updated >= 5") == f"updated >= 5 {ORDER}"


def test_ids_are_asked_for_as_a_list() -> None:
    assert of_ids(["10", "11"]) == "id in (10, 11)"


@pytest.mark.parametrize(
    ("filter_", "projects"),
    [
        ("project = OPS AND issuetype in (Incident, Bug)", ("OPS",)),
        ("PROJECT=ops", ("ops",)),
        ("""project in (A, "B C", 'D\\'s', 10000) OR project != X order by key""", ("A", "B C", "D's", "10000", "X")),
        ("project not in (Q) AND a = 1", ("Q",)),
        ("project in (A, projectsLeadByUser(), B)", ("A", "B")),
        ('project in projectsWhereUserHasRole("x")', ()),
        ("project is EMPTY OR project = EMPTY", ()),
        ('summary ~ "project = Z"', ()),
        ("project = A OR project = A", ("A",)),
        ("key = project-1", ()),
        ("", ()),
        ('project = "', ('"',)),
    ],
)
def test_the_projects_that_a_filter_names(filter_: str, projects: tuple[str, ...]) -> None:
    assert projects_named(filter_) == projects


@pytest.mark.parametrize(
    "jql",
    [
        "",
        "assignee = bot",
        "(a = 1 OR b in (1, 2)) AND c = 3",
        'summary ~ ")" AND x = 1',
        r"x ~ 'it\'s (' ",
        r'x ~ "\""',
    ],
)
def test_a_filter_that_closes_may_stand_in_brackets(jql: str) -> None:
    assert closes(jql)


@pytest.mark.parametrize(
    "jql",
    [
        "a = 1) OR (project = SECRET",
        ")(",
        "(a = 1",
        "a = 1)",
        'a = "x',
        "a = 'x",
        r"a ~ \" ) OR (project = SECRET AND b ~ \"",
        r'"\\") OR (project = SECRET',
    ],
    ids=["out and in", "turned round", "open", "one too many", "quote", "apostrophe", "quotes that are none", "escape"],
)
def test_one_that_does_not_could_reach_beyond_them(jql: str) -> None:
    assert not closes(jql)
