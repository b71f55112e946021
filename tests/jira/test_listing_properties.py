"""Whatever the index does while it is listed, no issue is missed, and the listing ends."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.ports import Page
from syncd.jira.listing import SETTLED, listing, minute
from tests.jira.index import NOW, Edit, Index, ask

AGES = st.one_of(
    st.integers(0, 20).map(lambda seconds: timedelta(seconds=seconds)),  # the tail
    st.integers(0, 240).map(lambda tenths: timedelta(hours=2, seconds=tenths / 10)),  # a few dense minutes
    st.integers(0, 86_400 * 20).map(lambda seconds: timedelta(seconds=seconds)),
)
PRECISIONS = st.sampled_from([timedelta(milliseconds=1), timedelta(seconds=1), timedelta(minutes=1)])


@st.composite
def indexes(draw: st.DrawFn, *, edits: bool = True, shuffle: bool = False) -> Index:
    times = [NOW - age for age in draw(st.lists(AGES, min_size=1, max_size=40))]
    planned = st.builds(Edit, st.integers(1, 60), st.integers(1, len(times)), st.integers(0, 20))
    return Index(
        times,
        caps=draw(st.lists(st.integers(1, 12), min_size=1, max_size=4)),
        edits=draw(st.lists(planned, max_size=25, unique_by=lambda edit: edit.number)) if edits else (),
        precision=draw(PRECISIONS),
        shuffle=random.Random(draw(st.integers())) if shuffle else None,
        offsets=draw(st.booleans()),
        fresh=draw(st.booleans()),
    )


def listed(index: Index, since: datetime | None) -> list[Page]:
    return list(listing(index.search, ask, since, index.now))


def found(pages: list[Page]) -> set[tuple[str, datetime]]:
    return {(stub.id, stub.updated) for page in pages for stub in page.stubs}


@settings(max_examples=300, deadline=None)
@given(indexes(edits=False), st.none() | st.integers(0, 86_400 * 20))
def test_a_still_index_is_listed_completely(index: Index, age: int | None) -> None:
    since = None if age is None else NOW - timedelta(seconds=age)
    expected = {(e.stub.id, e.updated) for e in index.entries.values() if since is None or e.updated >= minute(since)}
    assert expected <= found(listed(index, since))


@settings(max_examples=500, deadline=None)
@given(indexes())
def test_issues_that_change_while_they_are_listed_hide_no_other(index: Index) -> None:
    before = {e.stub.id: e.updated for e in index.entries.values()}
    pages = listed(index, None)
    touched = {str(edit.number) for edit in index.edits}
    missed = {issue for issue, updated in before.items() if (issue, updated) not in found(pages)} - touched
    # A tail that moved too fast to be listed is not counted as reached; the next listing begins with it.
    assert all(before[issue] >= (pages[-1].reached or minute(NOW - SETTLED)) for issue in missed)


@settings(max_examples=500, deadline=None)
@given(indexes())
def test_the_next_listing_brings_whatever_changed_during_this_one(index: Index) -> None:
    first = listed(index, None)
    index.settle()
    reached = first[-1].reached
    second = listed(index, reached - SETTLED if reached else None)
    assert {(e.stub.id, e.updated) for e in index.entries.values()} <= found(first) | found(second)


@settings(max_examples=200, deadline=None)
@given(indexes(edits=False, shuffle=True))
def test_ties_shuffled_at_every_request_hide_nothing_before_the_tail(index: Index) -> None:
    pages = listed(index, None)
    reached = pages[-1].reached or minute(NOW - SETTLED)
    expected = {(e.stub.id, e.updated) for e in index.entries.values() if e.updated < reached}
    assert expected <= found(pages)


@settings(max_examples=200, deadline=None)
@given(indexes())
def test_reached_never_steps_back_and_never_passes_the_clock(index: Index) -> None:
    clock = index.now
    marks = [page.reached for page in listed(index, None)]
    known = [mark for mark in marks if mark is not None]
    assert known == sorted(known)
    assert None not in marks[marks.index(known[0]) :] if known else True
    assert all(mark <= clock for mark in known)


@settings(max_examples=300, deadline=None)
@given(indexes())
def test_at_every_page_all_older_changes_have_come(index: Index) -> None:
    before = {e.stub.id: e.updated for e in index.entries.values()}
    touched = {str(edit.number) for edit in index.edits}
    come: set[str] = set()
    for page in listing(index.search, ask, None, index.now):
        come |= {stub.id for stub in page.stubs}
        if page.reached:
            older = {issue for issue, updated in before.items() if updated < page.reached}
            assert older - touched <= come
