"""JQL: what it means (jira facts 1, 2), and what is malformed."""

from __future__ import annotations

import pytest

from syncd.sandbox.jira.jql import JqlSyntaxError, parse
from syncd.sandbox.jira.jql.ast import And, Clause, Literal, Not, Or
from tests.sandbox.jira.talk import Talk


def test_and_binds_tighter_than_or() -> None:
    where = parse("a = 1 OR b = 2 AND c = 3").where
    assert isinstance(where, Or)
    assert isinstance(where.items[1], And)


def test_parentheses_and_not() -> None:
    where = parse("NOT (a = 1 || b = 2) && !c = 3").where
    assert isinstance(where, And)
    assert all(isinstance(item, Not) for item in where.items)


def test_quotes_escapes_and_epochs() -> None:
    where = parse(r'summary ~ "say \"hi\" é" and updated >= 1700000000000').where
    assert isinstance(where, And)
    text, time = where.items
    assert isinstance(text, Clause)
    assert isinstance(time, Clause)
    assert text.operands == (Literal('say "hi" é', quoted=True),)
    assert isinstance(time.operands[0], Literal)
    assert time.operands[0].number == 1700000000000


def test_order_by_directions() -> None:
    assert [(s.field, s.descending) for s in parse("order by updated ASC, key desc, cf[10016]").order] == [
        ("updated", False),
        ("key", True),
        ("cf[10016]", False),
    ]


@pytest.mark.parametrize(
    "jql",
    [
        "project",
        "project =",
        "project OPS",
        "project = OPS AND",
        "project = OPS status = Done",
        "project in OPS",
        "project in (OPS",
        "(project = OPS",
        "summary ~ crash*",
        "project = OPS ORDER updated",
        "updated >= 2026/01/02",
        "project = select",
        'summary ~ "unterminated',
        r'summary ~ "bad \q escape"',
        "a = 1 " + "and (b = 2 " * 100 + ")" * 100,
    ],
)
def test_malformed(jql: str) -> None:
    with pytest.raises(JqlSyntaxError):
        parse(jql)


def test_a_message_names_the_place() -> None:
    with pytest.raises(JqlSyntaxError, match=r"'select' is a reserved JQL word.*\(line 1, character 11\)"):
        parse("project = select")


@pytest.fixture
def site(either: Talk) -> Talk:
    """Three issues that differ in what the queries below ask for."""
    for key in either.keys("project = OPS"):
        either.act.delete(key)
    either.act.create(
        summary="Printer on fire",
        type="Incident",
        fields={"priority": "Highest", "labels": ["prod"], "assignee": "bruno"},
    )
    either.act.create(summary="Printer out of paper", type="Bug", fields={"priority": "Low", "assignee": None})
    either.act.create(
        summary="Buy paper",
        type="Task",
        fields={"priority": "Medium", "labels": ["prod", "batch"]},
        status="In Progress",
    )
    either.act.comment("OPS-13", "the *paper* is 80 g/m²")
    return either


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("issuetype = Incident", [11]),
        ("type in (Incident, Bug)", [11, 12]),
        ("type not in (Incident, Bug)", [13]),
        ('status = "In Progress"', [13]),
        ("status = 3", [13]),
        ('statusCategory = "To Do"', [11, 12]),
        ("statusCategory != new", [13]),
        ("priority = Highest", [11]),
        ("priority >= Medium", [11, 13]),
        ("priority < Medium", [12]),
        ("key = OPS-12", [12]),
        ("id = 10012", [12]),
        ("issuekey in (ops-11, OPS-13)", [11, 13]),
        ("key > OPS-11", [12, 13]),
        ("labels = prod", [11, 13]),
        ("labels in (batch, unheard)", [13]),
        ("labels is EMPTY", [12]),
        ("labels is not EMPTY", [11, 13]),
        ("labels != batch", [11]),
        ("assignee = 'bruno@example.com'", [11]),
        ("assignee is EMPTY", [12, 13]),
        ("assignee != 'bruno@example.com'", []),
        ("NOT assignee = 'bruno@example.com'", []),
        ("assignee = currentUser()", []),
        ("reporter in membersOf('jira-software-users')", [11, 12, 13]),
        ("resolution = Unresolved", [11, 12, 13]),
        ("resolution is EMPTY and type = Bug", [12]),
        ("summary ~ paper", [12, 13]),
        ("summary ~ 'printer paper'", [12]),
        ("summary ~ 'print*'", [11, 12]),
        ("summary !~ printer", [13]),
        ("""summary ~ '"out of paper"'""", [12]),
        ("comment ~ paper", [13]),
        ("text ~ fire OR text ~ 80", [11, 13]),
        ("NOT (type = Task OR labels = prod)", []),
        ("project = 'Platform Operations' AND (type = Bug OR type = Task)", [12, 13]),
        ("created >= startOfDay() and created <= now()", [11, 12, 13]),
    ],
)
def test_what_queries_find(site: Talk, jql: str, found: list[int]) -> None:
    assert site.keys(f"project = OPS and ({jql}) ORDER BY key") == [f"OPS-{n}" for n in found]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("priority", [12, 13, 11]),
        ("priority DESC", [11, 13, 12]),
        ("key DESC", [13, 12, 11]),
        ("updated, key", [11, 12, 13]),
        ("status, key", [13, 11, 12]),
        ("assignee, key", [11, 12, 13]),
        ("assignee DESC, key", [12, 13, 11]),
        ("type, key", [12, 11, 13]),
    ],
)
def test_orders(site: Talk, order: str, found: list[int]) -> None:
    assert site.keys(f"project = OPS ORDER BY {order}") == [f"OPS-{n}" for n in found]


def test_people_are_named_as_the_flavour_knows_them(site: Talk) -> None:
    person = site.sandbox.site.people.needed("bruno")
    known, unknown = (person.account_id, "bruno") if site.cloud else ("bruno", person.account_id)
    for handle in (known, "Bruno Bach"):
        assert site.keys(f'assignee = "{handle}"') == ["OPS-11"]
    answer = site.find(f'assignee = "{unknown}"')
    assert (answer.status_code, answer.json().get("issues")) == ((200, []) if site.cloud else (400, None))


def test_a_custom_field_by_name_and_by_number(site: Talk) -> None:
    site.act.edit("OPS-12", {"customfield_10016": 5})
    assert site.keys('"Story Points" = 5') == ["OPS-12"]
    assert site.keys("cf[10016] > 4") == ["OPS-12"]
