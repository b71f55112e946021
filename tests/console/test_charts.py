"""Charts: what is drawn, what is said of it to those who cannot see it, and that nothing in it runs."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from syncd.console.charts import SPANS, ceiling, charts, span_named
from syncd.store.samples import Figure, History

HOUR = SPANS[0]


def history(values: dict[tuple[Figure, str], dict[int, float]], sampled: set[int] | None = None) -> History:
    steps = range(1000, 1060)
    return History(1, steps, frozenset(steps if sampled is None else sampled), values)


def test_a_chart_is_a_picture_with_a_text_and_nothing_that_runs():
    backlog, *_ = charts(history({(Figure.DUE, "ops"): {1000: 3.0, 1059: 12.0}}), HOUR)
    picture = ElementTree.fromstring(backlog.picture)
    assert picture.get("role") == "img"
    assert picture.get("aria-label").startswith("Backlog, last hour. due: now 12, at most 12; parked: now 0")
    tags = {element.tag.rpartition("}")[2] for element in picture.iter()}
    assert tags == {"svg", "g", "path", "rect", "text"}
    assert not re.search(r"script|style=|href|on\w+=|<!--", str(backlog.picture))


def test_names_from_outside_stay_text_in_the_picture():
    *_, calls = charts(history({(Figure.CALLS, '"><script>x'): {1000: 3.0}}), HOUR)
    assert "<script" not in calls.picture
    assert '"><script>x: now' in ElementTree.fromstring(calls.picture).get("aria-label")


def test_a_minute_in_which_nobody_looked_is_a_gap_and_not_nought():
    backlog, *_ = charts(history({(Figure.DUE, "ops"): {1001: 2.0}}, sampled={1001, 1003}), HOUR)
    due = backlog.lines[0]
    assert due.values[:5] == (None, 2.0, None, 0.0, None)
    assert [row[1] for row in backlog.rows()] == [("0", "0"), ("2", "0")]


def test_the_lag_is_the_mean_of_what_was_written():
    values = {(Figure.APPLIED, "a"): {1000: 1.0}, (Figure.APPLIED, "b"): {1000: 3.0},
              (Figure.LAG, "a"): {1000: 20.0}, (Figure.LAG, "b"): {1000: 100.0},
              (Figure.OLDEST, "a"): {1000: 400.0}, (Figure.OLDEST, "b"): {1000: 90.0}}  # fmt: skip
    _, lag, _ = charts(history(values), HOUR)
    mean, longest = lag.lines
    assert (mean.values[0], mean.values[1]) == (30.0, None), "where nothing was written there is no lag"
    assert longest.values[0] == 400.0


def test_without_samples_there_is_no_picture():
    for chart in charts(history({}, sampled=set()), HOUR):
        assert chart.empty
        assert chart.picture == ""


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (3, 4), (17, 20), (41, 60), (61, 80), (81, 100), (100, 100), (101, 200)]
)
def test_a_scale_ends_at_a_round_number(most, top):
    assert ceiling(most) == top


@pytest.mark.parametrize(("most", "top"), [(0, 2), (9, 10), (45, 60), (61, 120), (4000, 7200), (90000, 172800)])
def test_a_scale_of_time_ends_at_a_round_time(most, top):
    assert ceiling(most, time=True) == top


def test_an_unknown_span_is_the_hour():
    assert span_named("century") is HOUR
