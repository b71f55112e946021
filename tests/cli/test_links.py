"""`syncd links import` takes in what an export wrote, and nothing that could make the daemon tell untruths."""

import json

import pytest

from syncd.cli.links_file import FORMAT, read
from syncd.core.model import NoteState
from syncd.errors import UserError

TIE = {
    "mapping": "ops", "site": "jira.example", "issue_id": "10001", "issue_key": "OPS-1", "record_id": "a" * 32,
    "record_number": "INC1", "detached": False,
}  # fmt: skip
NOTE = {"comment_id": "31", "version": 1, "digest": "8f3a21c0", "state": "posted", "sent_at": 1.0, "edited_ms": None}


def export(*notes, **tie):
    said = {**TIE, "notes": list(notes), **tie}
    return "\n".join([json.dumps({"format": FORMAT}), json.dumps(said, ensure_ascii=False)]) + "\n"


def test_what_was_exported_isread():
    told = {**NOTE, "comment_id": "0", "digest": "moved-8f3a21c0"}
    gone = {**NOTE, "version": 2, "digest": ""}
    (tie,) = read(export(NOTE, gone, told), "links.jsonl")
    assert (tie.issue_id, tie.record_id, tie.detached) == ("10001", "a" * 32, False)
    assert [(note.comment_id, note.version, note.state) for note in tie.notes] == [
        ("31", 1, NoteState.POSTED), ("31", 2, NoteState.POSTED), ("0", 1, NoteState.POSTED),
    ]  # fmt: skip


def test_an_odd_character_in_a_number_ends_no_line():
    (tie,) = read(export(record_number="INC\u2028\x85 1"), "links.jsonl")
    assert tie.record_number == "INC\u2028\x85 1"


@pytest.mark.parametrize(
    "forged",
    [
        {"comment_id": "abc"},
        {"comment_id": "0"},
        {"version": "1"},
        {"version": True},
        {"version": -1},
        {"digest": "gone"},
        {"digest": "8f3a21c0] [jira-comment 9.1.8f3a21c0"},
        {"digest": None},
        {"state": "sent"},
    ],
)
def test_a_note_that_no_mark_could_name_is_refused_with_its_line(forged):
    with pytest.raises(UserError) as refused:
        read(export({**NOTE, **forged}), "links.jsonl")
    assert "links.jsonl:2" in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [{"issue_id": "OPS-1"}, {"issue_id": "¹"}, {"record_id": ""}, {"detached": 1}, {"more": 1}, {"notes": None}],
)
def test_a_line_that_is_no_link_is_refused(wrong):
    with pytest.raises(UserError, match="nothing of it was"):
        read(export(**wrong), "links.jsonl")


def test_a_detached_issue_need_not_have_a_record():
    (tie,) = read(export(record_id="", record_number="", detached=True), "links.jsonl")
    assert (tie.record_id, tie.detached) == ("", True)


@pytest.mark.parametrize("text", ["", "{}", '{"format": "syncd-links-2"}', json.dumps(TIE)])
def test_another_file_is_refused(text):
    with pytest.raises(UserError, match="its first line must say"):
        read(text, "links.jsonl")
