"""What is taken out of every text, and how Jira's moments are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.jira.text import clean, cleaned, without_code_tags
from syncd.jira.times import in_utc, is_written_moment, milliseconds, moment


@pytest.mark.parametrize(
    ("dirty", "text"),
    [
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\x00b\x07c\x1bd\x7fe\x85f\tg", "abcdef\tg"),
        ("a\u2028b\u2029c", "a\nb\nc"),
        ("half \ud83d a smile \U0001f600", "half \N{REPLACEMENT CHARACTER} a smile \U0001f600"),
        ("\ufffe\uffff", ""),
        ("  blanks stay  ", "  blanks stay  "),
    ],
)
def test_texts_are_made_clean(dirty: str, text: str) -> None:
    assert clean(dirty) == text


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_clean_text_can_always_be_written_and_stays_clean(text: str) -> None:
    once = clean(text)
    once.encode("utf-8")
    assert clean(once) == once


NESTED = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(NESTED)
def test_values_keep_their_shape_and_lose_only_what_texts_lose(value: Any) -> None:
    assert cleaned(value) == _simply(value)


def _simply(value: Any) -> Any:
    match value:
        case str():
            return clean(value)
        case list():
            return [_simply(item) for item in value]
        case dict():
            return {clean(key): _simply(item) for key, item in value.items()}
    return value


def test_values_may_be_nested_deeper_than_python_can_call() -> None:
    value: Any = "x\x00"
    for _ in range(5000):
        value = [value]
    result = cleaned(value)
    for _ in range(5000):
        (result,) = result
    assert result == "x"


def test_no_text_makes_a_journal_render_html() -> None:
    assert without_code_tags("a [code]<b>[/code] [CODE] [/Code] [codes]") == "a (code)<b>(/code) (CODE) (/Code) [codes]"


NOON = datetime(2024, 5, 1, 12, 0, 0, 742000, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-01T12:00:00.742+0000",
        "2024-05-01T14:00:00.742+0200",
        "2024-05-01T17:30:00.742+0530",
        "2024-05-01T05:00:00.742-0700",
        "2024-05-01T12:00:00.742Z",
        "2024-05-01T14:00:00.742+02:00",
        1714564800742,
        1714564800.742,
    ],
)
def test_every_way_to_write_a_moment(written: str | float) -> None:
    assert moment(written) == NOON
    assert moment(written).tzinfo is UTC


@pytest.mark.parametrize(
    "junk", ["", "soon", "2024-05-01", "2024-05-01T12:00:00", None, True, [], {}, 1e300, float("nan")]
)
def test_what_is_no_moment_is_not_guessed(junk: Any) -> None:
    with pytest.raises(ValueError, match="no moment"):
        moment(junk)


def test_both_hours_of_an_autumn_night_are_told_apart() -> None:
    summer, winter = moment("2024-10-27T02:30:00.000+0200"), moment("2024-10-27T02:30:00.000+0100")
    assert (winter - summer).total_seconds() == 3600


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-05-01T14:00:00.742+0200", "2024-05-01T12:00:00.742+0000"),
        ("2024-05-01T12:00:00Z", "2024-05-01T12:00:00.000+0000"),
        ("2024-02-30T12:00:00.000+0000", "2024-02-30T12:00:00.000+0000"),
        ("2024-05-01", "2024-05-01"),
        ("at 2024-05-01T14:00:00.742+0200", "at 2024-05-01T14:00:00.742+0200"),
    ],
)
def test_values_do_not_change_with_the_zone_of_the_profile(text: str, utc: str) -> None:
    assert in_utc(text) == utc


def test_written_moments_are_told_from_texts() -> None:
    assert is_written_moment("2018-05-24T23:35:30.742+0200")
    assert not is_written_moment("2018-05-24")


def test_milliseconds_are_exact() -> None:
    assert milliseconds(NOON) == 1714564800742
    assert json.dumps(milliseconds(NOON)) == "1714564800742"
