"""The two tables of core/plan.py."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from syncd.core.identity import derived_record_id
from syncd.core.model import (
    AddNote,
    Adopt,
    Applied,
    Create,
    DesiredNote,
    Link,
    Note,
    NoteState,
    Reason,
    Record,
    Update,
)
from syncd.core.plan import Rules, Wanted, plan_for
from syncd.core.policy import CommentRules, ConflictPolicy, Policy

NEW = Link("ops", "jira.example.com", "10001", "OPS-1")
LINKED = replace(NEW, record_id="a" * 32, record_number="INC0010001", applied={"state": Applied("1", "1")})
OURS = "jira:jira.example.com:10001:ops"
RECORD = Record("a" * 32, "INC0010001", OURS, "2026-01-01 00:00:00", {"state": "1", "urgency": "3"})
OTHER = replace(RECORD, id="b" * 32, number="INC0010002", created="2026-01-02 00:00:00")
NOTE = DesiredNote("10", "aaaaaaaa", "Jane", datetime(2026, 1, 5, tzinfo=UTC), "text")
WANTED = Wanted({"state": "6", "urgency": "3"}, {"caller_id": "c" * 32})


def rules(policy=Policy.FULL, conflict=ConflictPolicy.SOURCE_WINS, shown=False, final=None):
    return Rules(policy, lambda column: conflict, CommentRules(), final or {}, shown)


def kinds(plan):
    return [type(action) for action in plan.actions]


def test_without_a_record_it_is_created_with_everything():
    plan = plan_for(WANTED, NEW, (), rules())
    assert plan.actions == (Create({"caller_id": "c" * 32, "state": "6", "urgency": "3"}),)


def test_a_new_record_is_not_asked_to_be_empty():
    plan = plan_for(replace(WANTED, fields={"state": "1", "close_notes": ""}), NEW, (), rules())
    assert plan.actions == (Create({"caller_id": "c" * 32, "state": "1"}, empty=("close_notes",)),)


def test_a_record_that_is_there_already_is_adopted_and_kept_true():
    plan = plan_for(WANTED, NEW, (RECORD,), rules())
    assert plan.actions == (Adopt(RECORD), Update({"state": "6"}))


def test_of_several_records_the_oldest_is_adopted_and_the_others_are_reported():
    plan = plan_for(WANTED, NEW, (OTHER, RECORD), rules())
    assert plan.actions[0] == Adopt(RECORD)
    assert "INC0010002" in plan.holds[0].reason


def test_a_record_that_says_itself_whose_it_is_comes_before_an_older_one_that_does_not():
    older = replace(RECORD, id=derived_record_id("ops", "jira.example.com", "10001"), correlation="")
    assert plan_for(WANTED, NEW, (older, OTHER), rules()).actions[0] == Adopt(OTHER)


def test_what_was_created_under_the_issues_id_comes_before_an_older_copy():
    own = replace(OTHER, id=derived_record_id("ops", "jira.example.com", "10001"))
    assert plan_for(WANTED, NEW, (RECORD, own), rules()).actions[0] == Adopt(own)


def test_a_record_of_something_else_is_not_adopted_and_nothing_is_created():
    plan = plan_for(WANTED, NEW, (replace(RECORD, correlation="ticket:4711"),), rules())
    assert plan.actions == ()
    assert "its correlation id is 'ticket:4711'; nothing is created" in plan.holds[0].reason


def test_what_may_just_have_been_created_is_ours_whoever_writes_over_its_correlation_id():
    record = replace(RECORD, correlation="ticket:4711")
    assert plan_for(WANTED, replace(NEW, sent_at=1.0), (record,), rules()).actions[0] == Adopt(record)


def test_a_linked_record_gets_only_what_differs():
    assert plan_for(WANTED, LINKED, (RECORD,), rules()).actions == (Update({"state": "6"}),)


def test_an_update_never_writes_what_belongs_to_the_creation():
    assert "caller_id" not in plan_for(WANTED, LINKED, (RECORD,), rules()).actions[0].fields


def test_a_record_that_is_as_wanted_is_left_alone():
    plan = plan_for(replace(WANTED, fields={"state": "1"}), LINKED, (RECORD,), rules())
    assert plan.actions == ()
    assert plan.skip.reason is Reason.SETTLED
    assert plan.settled == {"state": Applied("1", "1")}


def test_another_record_with_our_mark_is_reported_and_never_touched():
    plan = plan_for(WANTED, LINKED, (RECORD, OTHER), rules())
    assert plan.actions == (Update({"state": "6"}),)
    assert "INC0010002" in plan.holds[0].reason


@pytest.mark.parametrize("found", [(), (OTHER,)], ids=["none left", "only another"])
def test_a_record_that_is_gone_is_not_replaced(found):
    plan = plan_for(WANTED, LINKED, found, rules())
    assert plan.actions == ()
    assert plan.skip.reason is Reason.HELD
    assert "INC0010001" in plan.holds[0].reason


def test_a_persons_edit_is_held_and_the_other_fields_go_on():
    edited = replace(RECORD, fields={"state": "8", "urgency": "1"})
    link = replace(LINKED, applied={"state": Applied("1", "1"), "urgency": Applied("1", "1")})
    plan = plan_for(WANTED, link, (edited,), rules(conflict=ConflictPolicy.HOLD))
    assert plan.actions == (Update({"urgency": "3"}),)
    assert plan.holds[0].field == "state"


RESOLVED = {"urgency": "1", "state": "6", "close_code": "Solved", "close_notes": "fixed"}
FOLLOWING = frozenset({"state", "close_code", "close_notes", "hold_reason"})


@pytest.mark.parametrize("conflict", [ConflictPolicy.TARGET_WINS, ConflictPolicy.HOLD])
def test_a_record_that_a_person_keeps_open_gets_no_close_code(conflict):
    kept_open = replace(RECORD, fields={"state": "3", "urgency": "3", "close_code": "", "close_notes": ""})
    link = replace(LINKED, applied={"state": Applied("1", "1"), "urgency": Applied("3", "3")})
    plan = plan_for(Wanted(RESOLVED, {}), link, (kept_open,), replace(rules(conflict=conflict), status=FOLLOWING))
    assert plan.actions == (Update({"urgency": "1"}),)


def test_a_persons_close_notes_stay_and_the_status_follows_all_the_same():
    noted = replace(RECORD, fields={"state": "1", "urgency": "1", "close_code": "", "close_notes": "as agreed"})
    following = replace(rules(conflict=ConflictPolicy.TARGET_WINS), status=FOLLOWING)
    plan = plan_for(Wanted(RESOLVED, {}), LINKED, (noted,), following)
    assert plan.actions == (Update({"state": "6", "close_code": "Solved"}),)
    assert plan.kept == ("close_notes",)


POLICIES = [
    (Policy.FULL, NEW, [Create, AddNote]),
    (Policy.FULL, LINKED, [Update, AddNote]),
    (Policy.CREATE_ONLY, NEW, [Create]),
    (Policy.CREATE_ONLY, LINKED, []),
    (Policy.NOTES_ONLY, NEW, [Create, AddNote]),
    (Policy.NOTES_ONLY, LINKED, [AddNote]),
    (Policy.OBSERVE, NEW, []),
    (Policy.OBSERVE, LINKED, []),
]


@pytest.mark.parametrize(("policy", "link", "expected"), POLICIES)
def test_how_far_a_policy_goes(policy, link, expected):
    found = (RECORD,) if link.record_id else ()
    plan = plan_for(replace(WANTED, notes=(NOTE,)), link, found, rules(policy))
    assert kinds(plan) == expected
    assert bool(plan.actions) is (plan.skip is None)


def test_observe_shows_in_a_dry_run_what_full_would_do():
    assert kinds(plan_for(WANTED, NEW, (), rules(Policy.OBSERVE, shown=True))) == [Create]


def test_notes_already_posted_are_not_planned_again():
    link = replace(LINKED, notes=(Note("10", 1, "aaaaaaaa", NoteState.POSTED),))
    plan = plan_for(replace(WANTED, fields={}, notes=(NOTE,)), link, (RECORD,), rules())
    assert plan.actions == ()


CLOSED = replace(RECORD, fields={"state": "7", "urgency": "3"})


def test_a_record_that_servicenow_closed_is_left_alone_and_that_is_said():
    wanted = replace(WANTED, notes=(NOTE,))
    plan = plan_for(wanted, LINKED, (CLOSED,), rules(final={"state": frozenset({"7", "8"})}))
    assert plan.actions == ()
    assert "INC0010001 is over (state is 7)" in plan.holds[0].reason


def test_a_record_that_the_mapping_itself_ends_is_kept_true():
    wanted = replace(WANTED, fields={"state": "7", "urgency": "1"})
    plan = plan_for(wanted, LINKED, (CLOSED,), rules(final={"state": frozenset({"7"})}))
    assert plan.actions == (Update({"urgency": "1"}),)
