"""Comments become notes once each, in order, and what happens to them later is said as the mapping wishes."""

from datetime import UTC, datetime, timedelta

import pytest

from syncd.core.marker import Mark, marks_in, marks_of_note
from syncd.core.model import DesiredNote, Note, NoteState
from syncd.core.notes import notes_from_marks, plan_notes, resolve_intents
from syncd.core.policy import CommentPolicy, CommentRules, HistoryPolicy

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def comment(id="10", digest="aaaaaaaa", minutes=0, text="It broke", author="Jane Doe", edited_ms=None):
    return DesiredNote(id, digest, author, NOON + timedelta(minutes=minutes), text, edited_ms)


def posted(id="10", version=1, digest="aaaaaaaa", edited_ms=None):
    return Note(id, version, digest, NoteState.POSTED, edited_ms=edited_ms)


BEFORE, AFTER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)


def planned(wanted, written=(), born=BEFORE, **rules):
    """The notes for these comments; the record is older than they are, unless told otherwise."""
    return plan_notes("OPS-1", wanted, written, CommentRules(**rules), born=born)


def marks(plan):
    return [str(mark) for action in plan.actions for mark in action.marks]


def test_a_new_comment_becomes_a_note_with_heading_and_mark():
    (action,) = planned([comment()]).actions
    assert action.text == ("Jane Doe commented on OPS-1 at 2026-01-05 12:00 UTC [jira-comment 10.1.aaaaaaaa]\nIt broke")


def test_a_comment_that_has_its_note_is_left_alone():
    assert planned([comment()], [posted()]).actions == ()


def test_comments_become_notes_in_the_order_they_were_written():
    later, earlier, same_time = comment("9", minutes=5), comment("12", minutes=1), comment("11", minutes=1)
    assert marks(planned([later, earlier, same_time])) == [
        "[jira-comment 11.1.aaaaaaaa]",
        "[jira-comment 12.1.aaaaaaaa]",
        "[jira-comment 9.1.aaaaaaaa]",
    ]


@pytest.mark.parametrize(
    ("edited", "expected"), [(CommentPolicy.NOTE, ["[jira-comment 10.2.bbbbbbbb]"]), (CommentPolicy.SKIP, [])]
)
def test_an_edit_becomes_the_next_version_or_nothing(edited, expected):
    assert marks(planned([comment(digest="bbbbbbbb")], [posted()], edited=edited)) == expected


def test_a_converted_text_that_reads_otherwise_is_an_edit_only_if_somebody_touched_the_comment():
    written = [posted(edited_ms=1000)]
    assert marks(planned([comment(digest="bbbbbbbb", edited_ms=1000)], written)) == []
    assert marks(planned([comment(digest="bbbbbbbb", edited_ms=2000)], written)) == ["[jira-comment 10.2.bbbbbbbb]"]


def test_where_the_time_of_the_last_edit_is_not_known_the_text_decides():
    assert marks(planned([comment(digest="bbbbbbbb", edited_ms=1000)], [posted()])) == ["[jira-comment 10.2.bbbbbbbb]"]


def test_the_time_of_the_last_edit_goes_with_the_note_into_the_store():
    assert planned([comment(edited_ms=1000)]).actions[0].edited_ms == {"10": 1000}
    older = [comment("10", edited_ms=1000), comment("11", edited_ms=2000)]
    assert planned(older, born=AFTER, history=HistoryPolicy.FOLD).actions[0].edited_ms == {"10": 1000, "11": 2000}
    assert planned(older, born=AFTER, history=HistoryPolicy.NONE).omitted[1].edited_ms == 2000


def test_an_edit_is_told_of_the_comment_and_not_of_its_author_who_may_not_have_made_it():
    edited, shown = comment(digest="bbbbbbbb"), posted(version=2, digest="")
    heads = [planned([edited], [posted()]), planned([edited], [posted(), shown])]
    assert [plan.actions[0].text.splitlines()[0] for plan in heads] == [
        "What Jane Doe commented on OPS-1 at 2026-01-05 12:00 UTC was edited [jira-comment 10.2.bbbbbbbb]",
        "What Jane Doe commented on OPS-1 at 2026-01-05 12:00 UTC can be seen again [jira-comment 10.3.bbbbbbbb]",
    ]


def test_an_edit_back_to_an_earlier_text_is_an_edit_too():
    history = [posted(), posted(version=2, digest="bbbbbbbb")]
    assert marks(planned([comment(digest="aaaaaaaa")], history)) == ["[jira-comment 10.3.aaaaaaaa]"]


@pytest.mark.parametrize(
    ("deleted", "expected"), [(CommentPolicy.NOTE, ["[jira-comment 10.2.gone]"]), (CommentPolicy.SKIP, [])]
)
def test_a_vanished_comment_is_said_to_be_gone_or_not(deleted, expected):
    assert marks(planned([], [posted()], deleted=deleted)) == expected


def test_gone_is_said_once():
    assert planned([], [posted(), posted(version=2, digest="")]).actions == ()


def test_a_comment_that_comes_back_is_said_again():
    history = [posted(), posted(version=2, digest="")]
    assert marks(planned([comment()], history)) == ["[jira-comment 10.3.aaaaaaaa]"]


def test_history_can_be_left_out_for_good():
    plan = planned([comment()], born=None, history=HistoryPolicy.NONE)
    assert plan.actions == ()
    assert plan.omitted == (Note("10", 1, "aaaaaaaa", NoteState.OMITTED),)
    assert planned([comment(digest="bbbbbbbb")], plan.omitted).actions == ()
    assert planned([], plan.omitted).actions == ()


def test_history_can_be_folded_into_one_note_that_carries_every_mark():
    (action,) = planned([comment("10"), comment("11", minutes=3)], born=None, history=HistoryPolicy.FOLD).actions
    assert {mark.comment_id for mark in action.marks} == {"10", "11"}
    assert marks_of_note(action.text) == action.marks
    assert action.text.count("It broke") == 2


@pytest.mark.parametrize(("born", "sent"), [(AFTER, 0), (BEFORE, 1)], ids=["older than the record", "younger"])
def test_history_is_told_by_time_so_that_a_record_found_again_has_one(born, sent):
    assert len(planned([comment()], born=born, history=HistoryPolicy.NONE).actions) == sent


def test_a_comment_after_those_left_out_is_no_history_whatever_the_other_clock_says():
    left_out = [Note("10", 1, "aaaaaaaa", NoteState.OMITTED)]
    wanted = [comment("9"), comment("10"), comment("11", digest="bbbbbbbb")]
    plan = planned(wanted, left_out, born=AFTER, history=HistoryPolicy.NONE)
    assert marks(plan) == ["[jira-comment 11.1.bbbbbbbb]"]
    assert [note.comment_id for note in plan.omitted] == ["9"]


def test_what_is_not_history_is_not_folded():
    wanted = [comment("10"), comment("11"), comment("12", minutes=90)]
    assert [len(a.marks) for a in planned(wanted, born=AFTER, history=HistoryPolicy.FOLD).actions] == [2, 1]


def test_what_was_left_out_of_a_create_that_never_came_to_be_is_not_left_out_of_the_next():
    left_out = [Note("10", 1, "aaaaaaaa", NoteState.OMITTED)]
    assert len(planned([comment()], left_out, born=None).actions) == 1


def test_a_mapping_without_comments_writes_no_note():
    assert planned([comment()], enabled=False).actions == ()


@pytest.mark.parametrize("text", ["[jira-comment 99.1.aaaaaaaa] is mine", "[JIRA-COMMENT 99.1.aaaaaaaa]"])
def test_nobody_forges_a_mark_in_a_comment_or_a_name(text):
    (action,) = planned([comment(text=text, author=text)]).actions
    assert {mark.comment_id for mark in marks_in(action.text)} == {"10"}


# -- doubts ------------------------------------------------------------------------------------------------------------

INTENT = Note("10", 1, "aaaaaaaa", NoteState.INTENT, sent_at=100.0)
MARK = Mark("10", 1, "aaaaaaaa")


def resolved(found=(), readable=True, now=1000.0):
    return resolve_intents([INTENT, posted("11")], frozenset(found), readable=readable, now=now, limit=60.0)


def test_a_note_found_in_the_journal_was_posted():
    assert resolved([MARK], readable=False).posted == (Note("10", 1, "aaaaaaaa", NoteState.POSTED, 100.0),)


def test_of_a_note_found_with_another_text_the_time_of_its_edit_is_not_known():
    intent = Note("10", 1, "aaaaaaaa", NoteState.INTENT, 100.0, edited_ms=1000)
    (found,) = resolve_intents([intent], frozenset({Mark("10", 1, "ffffffff")}), readable=True, now=0, limit=60).posted
    assert found == Note("10", 1, "ffffffff", NoteState.POSTED, 100.0, edited_ms=None)


def test_a_note_that_is_not_there_and_can_no_longer_arrive_was_not_posted():
    assert resolved().withdrawn == (INTENT,)


def test_a_note_may_still_arrive_until_the_transaction_limit():
    resolution = resolved(now=159.0)
    assert resolution.open == (INTENT,)
    assert resolution.settles_at == 160.0


def test_an_unreadable_journal_is_not_an_empty_one():
    assert resolved(readable=False).open == (INTENT,)


def test_a_lost_database_is_made_whole_from_the_marks():
    gone = Mark("10", 2, "")
    assert notes_from_marks({MARK, gone}, [posted()]) == (Note("10", 2, "", NoteState.POSTED),)


def test_of_two_marks_of_one_version_the_one_that_was_sent_counts_and_the_other_breaks_nothing():
    twins = frozenset({MARK, Mark("10", 1, "ffffffff")})
    resolution = resolve_intents([INTENT], twins, readable=True, now=0.0, limit=60.0)
    assert [note.digest for note in resolution.posted] == ["aaaaaaaa"]
    assert len(notes_from_marks(twins, [])) == 1
