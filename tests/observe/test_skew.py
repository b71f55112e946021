"""How far another clock is ahead, by the date of its answers."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from syncd.http.skew import clock_skew

NOON = 1_767_614_400.0


@pytest.mark.parametrize(
    ("theirs", "began", "ended", "skew"),
    [
        (NOON, NOON + 0.1, NOON + 0.3, 0.0),  # the same clock
        (NOON, NOON - 4.0, NOON + 0.3, 0.0),  # a slow answer, dated when it was begun or ended
        (NOON + 90, NOON, NOON, 90.0),
        (NOON - 90, NOON, NOON, -89.0),
        (NOON - 1, NOON + 0.4, NOON + 0.9, 0.0),  # within the second that a date leaves open
    ],
)
def test_dates(theirs, began, ended, skew):
    headers = {"Date": formatdate(theirs, usegmt=True)}
    assert clock_skew(headers, began, ended) == pytest.approx(skew, abs=0.5)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Date": "yesterday"},
        {"Date": formatdate(NOON, usegmt=True), "Age": "40"},  # kept by an intermediary
        {"Date": "Thu, 01 Jan 99999 00:00:00 GMT"},
    ],
)
def test_nothing_can_be_told(headers):
    assert clock_skew(headers, NOON, NOON) is None
