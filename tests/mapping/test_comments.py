"""Which comments become notes. Law 8: nothing private leaves by default."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from syncd.core.model import Audience, Comment, Desired
from syncd.mapping import desired_for
from tests.mapping.build import comment, issue, mapping

PUBLIC, INTERNAL = comment("1"), comment("2", audience=Audience.INTERNAL)
RESTRICTED, UNKNOWN = comment("3", audience=Audience.RESTRICTED), comment("4", audience=Audience.UNKNOWN)
ALL = (PUBLIC, INTERNAL, RESTRICTED, UNKNOWN)


def desired(rules: str, comments: tuple[Comment, ...], security: object = None) -> Desired:
    return desired_for(mapping(rules), issue({"summary": "s", "security": security}, comments=comments))


def sent(rules: str, security: object = None) -> list[str]:
    return [note.comment_id for note in desired(rules, ALL, security).notes]


@pytest.mark.parametrize(
    ("rules", "open_issue", "restricted_issue"),
    [
        ("", ["1"], []),
        ("comments: {to: comments}", ["1"], []),
        ("comments: {internal: send}", ["1", "2"], []),
        ("comments: {restricted: send}", ["1", "3"], ["1", "3"]),
        ("comments: {internal: send, restricted: send}", ["1", "2", "3", "4"], ["1", "2", "3", "4"]),
        ("comments: off", [], []),
    ],
)
def test_what_is_sent(rules: str, open_issue: list[str], restricted_issue: list[str]) -> None:
    assert sent(rules) == open_issue
    assert sent(rules, security={"name": "Staff only"}) == restricted_issue


def test_what_is_not_sent_is_listed_with_its_reason() -> None:
    assert [(w.comment_id, w.reason) for w in desired("", ALL).withheld] == [
        ("2", "internal"),
        ("3", "restricted"),
        ("4", "unknown visibility"),
    ]
    assert {w.reason for w in desired("", ALL, security={"id": "1"}).withheld} == {"restricted issue"}


def test_comments_that_are_off_are_neither_sent_nor_withheld() -> None:
    assert desired("comments: off", ALL) == Desired()


def test_a_note_has_what_its_heading_needs() -> None:
    (note,) = desired("", (comment("31202", "Fixed it"),)).notes
    assert (note.comment_id, note.author, note.text, note.created) == ("31202", "Anna Berg", "Fixed it", PUBLIC.created)


def test_the_digest_is_of_the_source_and_does_not_mind_line_ends() -> None:
    lf, crlf = comment("1", "one\ntwo"), comment("1", "one\r\ntwo")
    (a,), (b,) = desired("", (lf,)).notes, desired("", (crlf,)).notes
    assert a.digest == b.digest == hashlib.sha256(b"one\ntwo").hexdigest()[:8]
    (c,) = desired("", (replace(lf, text="rendered otherwise"),)).notes
    assert c.digest == a.digest


@pytest.mark.parametrize("text", ["", "  \n\r\n ", "\x00"])
def test_a_comment_without_text_says_so(text: str) -> None:
    (note,) = desired("", (replace(PUBLIC, text=text),)).notes
    assert note.text == "(no text)"


def test_a_comment_of_nobody() -> None:
    (note,) = desired("", (replace(PUBLIC, author=None),)).notes
    assert note.author == "Somebody"


def test_code_tags_of_jira_do_not_become_html_in_servicenow() -> None:
    (note,) = desired("", (replace(PUBLIC, text="[code]<script>[/CODE] [ code ]"),)).notes
    assert note.text == "(code)<script>(/CODE) ( code )"


def test_the_oldest_comes_first_and_ids_settle_equal_times() -> None:
    late, early, first, second = comment("5", minute=9), comment("9", minute=1), comment("10"), comment("11")
    notes = desired("", (late, second, first, early)).notes
    assert [note.comment_id for note in notes] == ["10", "11", "9", "5"]
