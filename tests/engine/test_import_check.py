"""What a file says of links is held against both systems: an issue is not tied to whatever record somebody names."""

from dataclasses import replace

import pytest

from syncd.engine.import_check import against
from syncd.errors import RefusedError


@pytest.fixture
def running(world):
    """Two issues with their records."""
    for number in (1, 2):
        world.jira.put(number)
    world.cycle()
    return world


@pytest.fixture
def exported(running):
    """What an export says of them."""
    return sorted(running.store.linkage.all(), key=lambda tie: tie.issue_id)


def said(world, *ties):
    return [sentence for _, sentence in against(world.engine, ties)]


def test_an_honest_export_is_believed_at_one_look(running, exported):
    looks = running.servicenow.calls["look_up"]
    assert said(running, *exported) == []
    assert running.servicenow.calls["look_up"] == looks + 1


def test_a_record_without_a_correlation_id_may_be_tied(running, exported):
    running.servicenow.of(1)["correlation_id"] = ""
    assert said(running, *exported) == []


def test_a_record_that_is_not_there_is_not_tied(running, exported):
    gone, other = said(running, replace(exported[0], record_id="f" * 32))
    assert gone.startswith("OPS-1: table incident has no record INC0010001 (ffff")
    assert other == "OPS-1 has another record: INC0010001 has its correlation id"


def test_an_issue_that_has_a_record_is_not_tied_to_one_that_a_person_made(running, exported):
    made = running.servicenow.create("a" * 32, "", {}, ())
    (sentence,) = said(running, replace(exported[0], record_id=made.id))
    assert sentence == "OPS-1 has another record: INC0010001 has its correlation id"


def test_that_there_are_two_records_of_one_issue_is_known_and_held_so_it_is_taken(running, exported):
    running.servicenow.create("f" * 32, running.servicenow.of(1)["correlation_id"], {}, ())
    assert said(running, *exported) == []


@pytest.mark.parametrize("owner", ["ticket:4711", "jira:jira.example:10002:ops", "jira:jira.example:10001:other"])
def test_the_record_of_something_else_is_not_tied(running, exported, owner):
    running.servicenow.of(1)["correlation_id"] = owner
    (sentence, *_) = said(running, exported[0])
    assert f"belongs to something else: its correlation id is {owner!r}" in sentence


def test_a_hidden_record_speaks_against_its_own_tie_only(running, exported):
    running.servicenow.hidden.add(exported[1].record_id)
    ((at, sentence),) = against(running.engine, exported)
    assert at == 1
    assert sentence.startswith("OPS-2: servicenow: hides records")


def test_what_is_of_another_mapping_or_another_jira_is_not_taken(running, exported):
    first, second = exported
    assert said(running, replace(first, mapping="gone"), replace(second, site="elsewhere")) == [
        "there is no mapping 'gone'",
        "OPS-2 is of the Jira at elsewhere, and mapping ops of jira.example",
    ]


def test_one_record_is_not_tied_to_two_issues_nor_one_issue_twice(running, exported):
    running.servicenow.of(1)["correlation_id"] = ""
    first, _ = exported
    assert said(running, first, replace(first, issue_id="10077", issue_key="OPS-77"), first) == [
        f"INC0010001 ({first.record_id}) is tied twice",
        "OPS-1 is tied twice",
        f"INC0010001 ({first.record_id}) is tied twice",
    ]


def test_what_is_detached_needs_no_record_of_its_own(running, exported):
    first, second = exported
    detached = replace(first, record_id=second.record_id, detached=True)
    assert said(running, detached, second, replace(first, issue_id="10077", record_id="", detached=True)) == []


def test_nothing_is_taken_for_a_mapping_that_leads_to_another_jira_now(running, exported):
    running.jira.site = "another.example"
    with pytest.raises(RefusedError, match=r"was linked to the Jira at jira\.example"):
        against(running.engine, exported)
