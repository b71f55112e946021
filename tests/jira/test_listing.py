"""How the listing goes about, situation by situation. That it misses nothing is in test_listing_properties.py."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from syncd.core.ports import Page, Stub
from syncd.jira.listing import SETTLED, Astray, Continuation, Hits, listing, minute
from tests.jira.index import NOW, Edit, Index, ask

HOUR = timedelta(hours=1)
THEN = minute(NOW) - 30 * HOUR


def pages_of(index: Index, since: datetime | None = None) -> list[Page]:
    return list(listing(index.search, ask, since, index.now))


def ids(pages: list[Page]) -> list[str]:
    return [stub.id for page in pages for stub in page.stubs]


@pytest.mark.parametrize("offsets", [True, False], ids=["Data Center", "Cloud"])
def test_an_ordinary_poll_is_one_call(offsets: bool) -> None:
    index = Index([NOW - timedelta(seconds=n) for n in range(30)], offsets=offsets)
    (page,) = pages_of(index, NOW - SETTLED)
    assert len(page.stubs) == 30
    assert page.reached == minute(NOW)
    assert index.searches == 1


def test_a_poll_of_a_quiet_project_is_one_call_too() -> None:
    index = Index([THEN, THEN + HOUR])
    (page,) = pages_of(index, THEN)
    assert page.reached == THEN + HOUR
    assert index.searches == 1


def test_a_poll_that_finds_nothing_yields_nothing() -> None:
    index = Index([THEN])
    assert pages_of(index, NOW) == []
    assert index.searches == 1


def test_hits_come_oldest_first_and_only_once_in_a_still_index() -> None:
    times = [THEN + timedelta(seconds=17 * n) for n in range(500)]
    found = ids(pages_of(Index(times, caps=(7,))))
    assert found == [str(n) for n in range(1, 501)]


def test_history_spread_over_time_costs_hardly_more_calls_than_pages() -> None:
    index = Index([THEN + timedelta(minutes=n) for n in range(1000)], caps=(100,))
    pages_of(index)
    assert index.searches <= 11


def test_listing_begins_with_the_minute_of_since() -> None:
    index = Index([THEN, THEN + timedelta(seconds=40), THEN - timedelta(seconds=1)])
    assert ids(pages_of(index, THEN + timedelta(seconds=30))) == ["1", "2"]


@pytest.mark.parametrize("count", [242, 5000])
@pytest.mark.parametrize("offsets", [True, False], ids=["Data Center", "Cloud"])
def test_thousands_of_changes_in_one_minute(count: int, offsets: bool) -> None:
    index = Index([THEN] * count + [THEN + HOUR], caps=(100,), offsets=offsets)
    found = ids(pages_of(index))
    assert len(found) == len(set(found)) == count + 1
    assert index.searches <= 2 * (count // 100 + 2)  # once to find them, once to be sure


def test_reached_follows_what_is_known_for_certain() -> None:
    index = Index([THEN, THEN + HOUR, THEN + 2 * HOUR, NOW - timedelta(seconds=5)], caps=(2,))
    assert [page.reached for page in pages_of(index)] == [THEN + HOUR, THEN + 2 * HOUR, minute(NOW)]


def test_reached_waits_until_a_dense_minute_is_known() -> None:
    index = Index([THEN] * 5 + [THEN + HOUR], caps=(2,))
    pages = pages_of(index)
    assert {page.reached for page in pages[:-2]} == {THEN}
    assert pages[-1].reached == THEN + HOUR


def test_reached_does_not_believe_in_the_future() -> None:
    index = Index([NOW + 5 * HOUR])
    assert pages_of(index)[-1].reached == minute(NOW)


def test_an_issue_that_moves_away_between_two_pages_hides_none() -> None:
    # Issue 1 is edited before the second search: all others move up by one, and 3 slips onto the first page.
    index = Index([THEN] * 6, caps=(2,), edits=[Edit(at=2, number=1)])
    assert set(ids(pages_of(index))) == {"1", "2", "3", "4", "5", "6"}


def test_a_hit_that_is_newer_than_the_index_believes_is_no_place_to_go_on_from() -> None:
    # Issue 2 changed just now, the index still has it in its old place, at the end of the first page.
    index = Index([THEN, THEN + HOUR, THEN + 2 * HOUR, THEN + 3 * HOUR], caps=(2,), edits=[Edit(1, 2, lag=50)])
    assert set(ids(pages_of(index))) == {"1", "2", "3", "4"}


def test_a_tail_that_never_rests_is_not_counted_as_reached() -> None:
    # 40 issues of the last minutes, and at every search one of them changes.
    index = Index([NOW - timedelta(seconds=100)] * 40, caps=(5,), edits=[Edit(n, n) for n in range(1, 40)])
    pages = pages_of(index, NOW - SETTLED)
    assert pages[-1].reached == minute(NOW - SETTLED)
    assert index.searches < 80


def test_the_total_of_data_center_is_passed_on() -> None:
    assert pages_of(Index([THEN] * 3))[0].total == 3
    assert pages_of(Index([THEN] * 3, offsets=False))[0].total is None


def stub(number: int, when: datetime = THEN) -> Stub:
    return Stub(str(number), f"OPS-{number}", when)


def test_an_empty_page_with_a_token_is_not_the_end() -> None:
    answers: dict[Continuation | None, Hits] = {None: Hits((), "a"), "a": Hits((), "b"), "b": Hits((stub(1),), None)}
    assert ids(list(listing(lambda jql, token: answers[token], ask, None, NOW))) == ["1"]


def test_a_token_that_comes_back_ends_the_listing_with_an_error() -> None:
    def search(jql: str, continuation: Continuation | None) -> Hits:
        return Hits((stub(len(str(continuation))),), "round")

    with pytest.raises(Astray, match="same continuation"):
        list(listing(search, ask, None, NOW - 31 * HOUR))


def test_fresh_tokens_for_ever_with_nothing_new_end_with_an_error() -> None:
    tokens: Iterator[int] = itertools.count(1)

    def search(jql: str, continuation: Continuation | None) -> Hits:
        return Hits((stub(1, NOW),), next(tokens))

    with pytest.raises(Astray, match="nothing new"):
        list(listing(search, ask, None, NOW))


def test_a_minute_that_brings_news_for_ever_ends_with_an_error() -> None:
    numbers = itertools.count(1)

    def search(jql: str, continuation: Continuation | None) -> Hits:
        late = Stub("0", "OPS-0", THEN + HOUR)
        return Hits((stub(next(numbers)),), 1) if continuation is None else Hits((stub(next(numbers)), late))

    with pytest.raises(Astray, match="do not settle"):
        list(listing(search, ask, THEN, NOW))


def test_an_error_in_the_middle_is_not_swallowed() -> None:
    def search(jql: str, continuation: Continuation | None) -> Hits:
        if continuation:
            raise ConnectionError("gone")
        return Hits((stub(1),), "more")

    with pytest.raises(ConnectionError):
        list(listing(search, ask, THEN, NOW))
