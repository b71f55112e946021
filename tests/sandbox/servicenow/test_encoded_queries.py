"""The encoded query language: what binds to what, what is ignored, what each operator finds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from syncd.sandbox.servicenow import ServiceNowSandbox
from syncd.sandbox.servicenow.encoded_query import Condition, Order, Unreadable, parse
from tests.sandbox.servicenow.conftest import Caller, Serve, Served

NOON = datetime(2025, 9, 3, 12, tzinfo=UTC)


@pytest.fixture
def three(served: Served) -> Caller:
    """alpha (New, urgent, called by Fred), beta (In Progress), gamma^x (On Hold), one hour apart from noon on."""
    served.sandbox.clock.hold(NOON)
    served.api.create(short_description="alpha", urgency="1", caller_id="Fred Luddy", correlation_id="J-1")
    served.sandbox.clock.advance(3600)
    served.api.create(short_description="beta", state="2", correlation_id="J-2", assignment_group="Network")
    served.sandbox.clock.advance(3600)
    served.api.create(short_description="gamma^x", state="3", description="two\nlines")
    return served.api


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["alpha", "beta", "gamma^x"]),
        ("state=2", ["beta"]),
        ("state!=2", ["alpha", "gamma^x"]),
        ("state>1^state<3", ["beta"]),
        ("state>=2", ["beta", "gamma^x"]),
        ("stateIN1,2", ["alpha", "beta"]),
        ("stateNOT IN1,2", ["gamma^x"]),
        ("stateBETWEEN2@3", ["beta", "gamma^x"]),
        ("short_description=ALPHA", ["alpha"]),
        ("short_descriptionLIKEet", ["beta"]),
        ("short_descriptionCONTAINSmma", ["gamma^x"]),
        ("short_descriptionNOT LIKEa", []),
        ("short_descriptionSTARTSWITHal", ["alpha"]),
        ("short_descriptionENDSWITHta", ["beta"]),
        ("short_description=gamma^^x", ["gamma^x"]),
        ("correlation_idINJ-1,J-2", ["alpha", "beta"]),
        ("correlation_idISEMPTY", ["gamma^x"]),
        ("correlation_idISNOTEMPTY", ["alpha", "beta"]),
        ("correlation_id=", ["gamma^x"]),
        ("correlation_id=NULL", ["gamma^x"]),
        ("correlation_id!=J-1", ["beta", "gamma^x"]),
        ("stateANYTHING", ["alpha", "beta", "gamma^x"]),
        ("descriptionLIKEtwo\nlines", ["gamma^x"]),
        ("caller_id.email=fred.luddy@example.com", ["alpha"]),
        ("caller_id.name=Fred Luddy^ORassignment_group.name=network", ["alpha", "beta"]),
        ("123TEXTQUERY321=gamma", ["gamma^x"]),
        ("active=1^knowledge=false", ["alpha", "beta", "gamma^x"]),
        ("active=0", []),
        ("opened_byDYNAMIC90d1921e5f510100a9ad2572f2b477fe", ["alpha", "beta", "gamma^x"]),
        ("urgencyNSAMEASimpact", ["alpha"]),
        ("short_descriptionDOES NOT CONTAINa", []),
        ("correlation_id=J-1^ORcorrelation_id=J-2", ["alpha", "beta"]),
        ("sys_idIN0,1^ORcorrelation_idINJ-2,J-3", ["beta"]),
        ("correlation_idINJ-1,J-2^state=2", ["beta"]),
        ("impactSAMEASurgency", ["beta", "gamma^x"]),
        ("sys_class_nameINSTANCEOFtask", ["alpha", "beta", "gamma^x"]),
    ],
)
def test_what_each_operator_finds(three: Caller, query: str, expected: list[str]) -> None:
    assert three.found(query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=1^ORstate=2", ["alpha", "beta"]),
        ("short_description=alpha^state=1^ORstate=2", ["alpha"]),
        ("state=1^ORstate=2^short_description=beta", ["beta"]),
        ("state=1^urgency=1^NQstate=3", ["alpha", "gamma^x"]),
        ("state=2^EQ", ["beta"]),
        ("state=2^EQ^short_description=alpha", ["beta"]),
    ],
)
def test_or_binds_to_the_previous_condition_and_nq_starts_anew(three: Caller, query: str, expected: list[str]) -> None:
    assert three.found(query) == expected


@pytest.mark.parametrize(
    "query",
    ["no_such_field=1", "state", "stateXX1", "caller_id.bogus=1", "short_description.x=1", "sys_updated_on>=rubbish"],
)
def test_an_invalid_condition_is_ignored_so_the_answer_is_broader(three: Caller, query: str) -> None:
    assert len(three.found(query)) == 3
    assert three.found(f"{query}^state=2") == ["beta"]


def test_an_invalid_condition_returns_no_rows_where_the_property_says_so(serve: Serve) -> None:
    served = serve(invalid_query_returns_no_rows=True)
    served.api.create(short_description="x")
    assert served.api.found("no_such_field=1") == []
    assert served.api.found("state=1") == ["x"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sys_updated_on>=2025-09-03 13:00:00", ["beta", "gamma^x"]),
        ("sys_updated_on>=2025-09-03T13:00:00", ["beta", "gamma^x"]),
        ("sys_updated_on>2025-09-03 13:00:00", ["gamma^x"]),
        ("sys_created_onBETWEEN2025-09-03 12:00:00@2025-09-03 13:00:00", ["alpha", "beta"]),
        ("sys_created_onON2025-09-03", ["alpha", "beta", "gamma^x"]),
        ("sys_created_onON2025-09-02", []),
        ("sys_created_onRELATIVEGT@minute@ago@90", ["beta", "gamma^x"]),
        ("sys_created_onDATEPARTWednesday@javascript:x", ["alpha", "beta", "gamma^x"]),
        ("sys_created_on>=javascript:gs.dateGenerate('2025-09-03','06:00:00')", ["beta", "gamma^x"]),
        ("sys_created_on>javascript:gs.daysAgo(1)", ["alpha", "beta", "gamma^x"]),
        ("sys_created_on>javascript:gs.minutesAgo(70)", ["beta", "gamma^x"]),
        ("sys_created_on<javascript:gs.beginningOfToday()", []),
        ("resolved_atISEMPTY", ["alpha", "beta", "gamma^x"]),
        ("resolved_at=", ["alpha", "beta", "gamma^x"]),
        ("sys_created_on=2025-09-03 12:00:00", ["alpha"]),
        ("sys_created_on!=2025-09-03 12:00:00", ["beta", "gamma^x"]),
        ("sys_created_onIN2025-09-03 12:00:00,2025-09-03 14:00:00", ["alpha", "gamma^x"]),
        ("sys_created_onNOTON2025-09-03", []),
        (
            "sys_created_onONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()",
            ["alpha", "beta", "gamma^x"],
        ),
        ("sys_created_onRELATIVEEE@day@ago@0", ["alpha", "beta", "gamma^x"]),
        ("sys_created_on>=javascript:gs.daysAgoStart(0)", ["alpha", "beta", "gamma^x"]),
        ("sys_created_on<=javascript:gs.daysAgoEnd(0)", ["alpha", "beta", "gamma^x"]),
    ],
)
def test_literal_dates_are_utc_and_javascript_dates_are_in_the_users_zone(
    three: Caller, query: str, expected: list[str]
) -> None:
    assert three.found(query) == expected  # the instance's zone is Los Angeles: 06:00 there is 13:00 UTC


def test_who_am_i(api: Caller) -> None:
    assert api.found("user_name=javascript:gs.getUserName()", "sys_user", "user_name") == ["svc_syncd"]
    assert api.found("sys_id=javascript:gs.getUserID()", "sys_user", "user_name") == ["svc_syncd"]


def test_orders_sort_numbers_as_numbers_and_may_be_combined(three: Caller) -> None:
    def numbers(query: str) -> list[str]:
        rows = three.get("table/incident", sysparm_query=query, sysparm_fields="short_description").json()["result"]
        return [row["short_description"] for row in rows]

    assert numbers("ORDERBYstate") == ["alpha", "beta", "gamma^x"]
    assert numbers("ORDERBYDESCstate") == ["gamma^x", "beta", "alpha"]
    assert numbers("ORDERBYurgency^ORDERBYDESCsys_created_on") == ["alpha", "gamma^x", "beta"]


def test_keyset_paging_reaches_every_record_once(api: Caller) -> None:
    created = {api.create()["sys_id"] for _ in range(7)}
    seen: list[str] = []
    last = ""
    while page := api.get("table/incident", sysparm_query=f"sys_id>{last}^ORDERBYsys_id", sysparm_limit=3).json()[
        "result"
    ]:
        seen.extend(row["sys_id"] for row in page)
        last = seen[-1]
    assert seen == sorted(created)


def test_join_and_related_list_queries(api: Caller, sandbox: ServiceNowSandbox) -> None:
    problem = api.create("problem", short_description="root")
    api.create("problem", short_description="lonely")
    api.create(problem_id=problem["sys_id"])
    api.create(problem_id=problem["sys_id"], state="2")
    assert api.found("JOINproblem.sys_id=incident.problem_id!state=2", "problem") == ["root"]
    assert api.found("RLQUERYincident.problem_id,>=2^ENDRLQUERY", "problem") == ["root"]
    assert api.found("RLQUERYincident.problem_id,>0,m2m^state=2^ENDRLQUERY^ORDERBYsys_id", "problem") == ["root"]
    assert api.found("RLQUERYincident.problem_id,=0^ENDRLQUERY", "problem") == ["lonely"]


def test_parsing_keeps_carets_and_finds_the_parts() -> None:
    query = parse("a=1^^2^ORb.cISEMPTY^NQ!?^ORDERBYDESCx^GROUPBYy")
    assert query.groups == (
        ((Condition("a", "=", "1^2"), Condition("b.c", "ISEMPTY", "")),),
        ((Unreadable("!?"),),),
    )
    assert query.orders == (Order("x", descending=True),)
