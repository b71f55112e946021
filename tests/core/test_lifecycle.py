"""What a record is told of its issue, and what is set in it: values in, plan out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from syncd.core.farewell import by_kind, plan_farewell
from syncd.core.lifecycle import (
    Farewell,
    Lifecycle,
    Sight,
    farewell_note,
    journal_of,
    last_told,
    notes_in_sight,
    of_comments,
)
from syncd.core.marker import OF_ISSUE, Mark, marks_of_note, without_marks
from syncd.core.model import AddNote, Adopt, Applied, Link, Note, NoteState, Record, Update
from syncd.core.plan import Rules
from syncd.core.policy import CommentRules, ConflictPolicy, Policy

LINK = Link("ops", "jira.example", "10001", "OPS-1", record_id="r1", record_number="INC1", known_as="OPS-1")
RECORD = Record("r1", "INC1", "", "2026-01-05 12:00:00", {"state": "2", "close_code": ""})
CLOSING = Farewell(note=True, set={"state": "7", "close_code": "Cancelled"})


def rules(
    lifecycle: Lifecycle,
    policy: Policy = Policy.FULL,
    conflict: ConflictPolicy = ConflictPolicy.SOURCE_WINS,
    final: dict[str, frozenset[str]] | None = None,
) -> Rules:
    return Rules(policy, lambda column: conflict, CommentRules(), final or {}, lifecycle=lifecycle)


def told(*words: str) -> Link:
    """The link of a record that was told these things, and one comment."""
    notes = [Note(OF_ISSUE, version, word, NoteState.POSTED) for version, word in enumerate(words, 1)]
    return replace(LINK, notes=(Note("31202", 1, "8f3a21c0", NoteState.POSTED), *notes))


def words(link: Link, lifecycle: Lifecycle | None = None) -> list[str]:
    return [str(action.marks[0]) for action in notes_in_sight(link, lifecycle or Lifecycle())]


# -- marks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", ["left", "archived", "deleted", "hidden", "back", "moved-8f3a21c0"])
def test_a_mark_of_the_issue_reads_back_as_it_was_written(word: str) -> None:
    mark = Mark(OF_ISSUE, 3, word)
    assert str(mark) == f"[jira-issue 3.{word}]"
    assert marks_of_note(f"OPS-1 went {mark}\nand more") == (mark,)


@pytest.mark.parametrize("text", ["[jira-issue 1.gone]", "[jira-issue 1.deleted", "[jira-comment 0.1.8f3a21c0]"])
def test_what_only_looks_like_one_is_none(text: str) -> None:
    assert marks_of_note(text) == ()


def test_nobody_can_write_one_into_a_comment() -> None:
    assert marks_of_note(without_marks("[jira-issue 1.deleted] [JIRA-ISSUE 1.deleted]")) == ()


def test_what_was_told_of_the_issue_is_no_comment_that_vanished() -> None:
    link = told("deleted")
    assert [note.comment_id for note in of_comments(link.notes)] == ["31202"]
    assert last_told(link.notes) == Note(OF_ISSUE, 1, "deleted", NoteState.POSTED)
    assert journal_of(OF_ISSUE, "comments") == "work_notes"
    assert journal_of("31202", "comments") == "comments"


# -- told once ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sight", [Sight.LEFT, Sight.ARCHIVED, Sight.DELETED, Sight.HIDDEN])
def test_a_loss_is_told_unless_it_was_the_last_thing_told(sight: Sight) -> None:
    first = farewell_note(LINK, sight, "")
    assert first is not None
    assert first.marks == (Mark(OF_ISSUE, 1, sight.value),)
    assert farewell_note(told(sight.value), sight, "") is None
    again = farewell_note(told(sight.value, "back"), sight, "")
    assert again is not None
    assert again.marks == (Mark(OF_ISSUE, 3, sight.value),)


def test_the_note_names_both_keys_of_an_issue_that_was_moved() -> None:
    note = farewell_note(replace(LINK, issue_key="DEV-9"), Sight.LEFT, "2026-01-05 12:00 UTC")
    assert note is not None
    assert note.text.startswith("OPS-1 (now DEV-9) is no longer")
    assert "noticed at 2026-01-05 12:00 UTC" in note.text


def test_a_return_is_told_only_to_a_record_that_was_told_of_the_loss() -> None:
    assert words(LINK) == []
    assert words(told("deleted")) == ["[jira-issue 2.back]"]
    assert words(told("deleted", "back")) == []


def test_a_move_is_told_once_if_the_mapping_wants_it() -> None:
    wanted = Lifecycle(tell_moves=True)
    moved = replace(LINK, issue_key="DEV-9")
    (word,) = words(moved, wanted)
    assert words(moved) == []
    assert words(LINK, wanted) == []
    assert words(replace(LINK, known_as=""), wanted) == []
    crashed = replace(moved, notes=(Note(OF_ISSUE, 1, word.split(".")[1].rstrip("]"), NoteState.POSTED),))
    assert words(crashed, wanted) == []


def test_a_move_out_of_sight_and_back_is_told_in_order() -> None:
    both = words(replace(told("left"), issue_key="DEV-9"), Lifecycle(tell_moves=True))
    assert [word.partition("-")[0] for word in both] == ["[jira", "[jira"]
    assert both[0] == "[jira-issue 2.back]"
    assert both[1].startswith("[jira-issue 3.moved-")


# -- the plan ----------------------------------------------------------------------------------------------------------


def test_keep_plans_nothing() -> None:
    plan = plan_farewell(LINK, [RECORD], Sight.LEFT, rules(Lifecycle()))
    assert (plan.actions, plan.holds) == ((), ())


def test_the_note_comes_before_the_columns_that_close_the_record() -> None:
    plan = plan_farewell(LINK, [RECORD], Sight.DELETED, rules(Lifecycle(deleted=CLOSING)))
    assert [type(step.actions[0]) for step in by_kind(plan)] == [AddNote, Update]
    assert plan.actions[1] == Update(CLOSING.set)


def test_a_record_that_is_found_is_remembered_first() -> None:
    plan = plan_farewell(replace(LINK, record_id=""), [RECORD], Sight.DELETED, rules(Lifecycle(deleted=CLOSING)))
    assert [type(step.actions[0]) for step in by_kind(plan)] == [Adopt, AddNote, Update]


@pytest.mark.parametrize(
    ("policy", "kinds"),
    [
        (Policy.FULL, [AddNote, Update]),
        (Policy.NOTES_ONLY, [AddNote]),
        (Policy.CREATE_ONLY, []),
        (Policy.OBSERVE, []),
    ],
)
def test_a_policy_bounds_what_is_done(policy: Policy, kinds: list[type]) -> None:
    plan = plan_farewell(LINK, [RECORD], Sight.DELETED, rules(Lifecycle(deleted=CLOSING), policy))
    assert [type(action) for action in plan.actions] == kinds


@pytest.mark.parametrize("conflict", [ConflictPolicy.TARGET_WINS, ConflictPolicy.HOLD])
def test_a_value_that_a_person_changed_is_not_set_over_unless_the_mapping_says_so(conflict: ConflictPolicy) -> None:
    link = replace(LINK, applied={"state": Applied("1", "1")})
    plan = plan_farewell(link, [RECORD], Sight.DELETED, rules(Lifecycle(deleted=CLOSING), conflict=conflict))
    (update,) = [action for action in plan.actions if isinstance(action, Update)]
    assert update == Update({"close_code": "Cancelled"})
    assert [hold.field for hold in plan.holds] == (["state"] if conflict is ConflictPolicy.HOLD else [])


def test_a_record_that_is_over_is_left_alone_and_it_is_said() -> None:
    over = replace(RECORD, fields={"state": "8", "close_code": ""})
    plan = plan_farewell(
        LINK, [over], Sight.DELETED, rules(Lifecycle(deleted=CLOSING), final={"state": frozenset({"7", "8"})})
    )
    assert plan.actions == ()
    assert len(plan.holds) == 1


def test_a_record_that_is_gone_itself_is_told_nothing() -> None:
    plan = plan_farewell(LINK, [], Sight.DELETED, rules(Lifecycle(deleted=CLOSING)))
    assert plan.actions == ()
    assert "gone or hidden" in plan.holds[0].reason
