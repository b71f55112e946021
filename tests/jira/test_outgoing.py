"""What any text becomes before it is written to Jira, and how a mark in it is found again."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from syncd.jira.outgoing import fitted, harmless
from syncd.jira.tags import Tag, id_in_property, id_in_text, without_marks

PIECES = ["[~", "[", "~", "]", "accountid:", "bruno", " ", "\n", "\r\n", "\x00", "(", "syncd", ")", "abc", "x" * 50]
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
TAG = Tag("9d3855ec47a3")


@given(TEXTS)
def test_no_text_mentions_anybody(text: str) -> None:
    assert not re.search(r"\[\s*~", harmless(text))


@given(TEXTS)
def test_what_was_made_harmless_stays_as_it_is(text: str) -> None:
    assert harmless(harmless(text)) == harmless(text)


@given(TEXTS, st.integers(150, 400))
def test_a_mark_is_found_in_whatever_fits(text: str, limit: int) -> None:
    body = fitted(without_marks(harmless(text)), f"\n\n{TAG.mark}", limit)
    assert len(body) <= limit
    assert id_in_text(body) == TAG.id


@given(TEXTS)
def test_no_text_makes_a_mark_of_its_own(text: str) -> None:
    assert id_in_text(without_marks(harmless(text))) is None


def test_jira_may_change_line_ends_and_blanks_around_a_mark() -> None:
    assert id_in_text(f"Text\r\n\r\n {TAG.mark} \r\n") == TAG.id


def test_a_mark_that_is_quoted_is_none() -> None:
    assert id_in_text(f"{TAG.mark}\nI do not agree") is None
    assert id_in_text(f"bq. {TAG.mark}") is None


def test_properties_of_other_programs_are_not_ours() -> None:
    assert id_in_property(TAG.value) == TAG.id
    for other in (None, "x", {}, {"id": 7}, {"id": "two words"}, [TAG.value]):
        assert id_in_property(other) is None
