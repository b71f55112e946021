"""What operators see, and what they can do about it."""

from syncd.core.marker import Mark
from syncd.core.model import Outcome, Result
from tests.store.test_queue import claim, mark, stub


def park(store, *issues):
    mark(store, *[stub(id, key=f"OPS-{id}") for id in issues])
    for work in claim(store):
        store.queue.park(work, "rejected", "data policy", 3600)


def test_counts_say_what_is_linked_due_and_parked(store):
    mark(store, stub("1"), stub("2"), stub("3"))
    first, second, third = claim(store)
    store.links.confirm_write(first, {}, record_id="a" * 32, number="INC1")
    store.links.intend_note(first, [Mark("10", 1, "aaaaaaaa")])
    store.links.confirm_note(first, [Mark("10", 1, "aaaaaaaa")])
    store.queue.settle(first, "f1")
    store.queue.park(second, "rejected", "no", 3600)
    store.queue.delay(third, 0.0)
    (count,) = store.reports.counts()
    assert (count.links, count.linked, count.notes, count.due, count.parked) == (3, 1, 1, 1, 1)
    assert count.oldest_due >= 0


def test_parked_issues_come_with_cause_and_next_try(store):
    park(store, "1")
    (one,) = store.reports.parked()
    assert (one.issue_key, one.cause, one.error, one.attempts) == ("OPS-1", "rejected", "data policy", 1)
    assert 3500 < one.retry_in < 3700
    assert store.reports.parked_causes() == {("ops", "rejected"): 1}


def test_retry_makes_named_or_all_parked_issues_due(store):
    park(store, "1", "2", "3")
    assert store.reports.retry(["OPS-2"]) == ["OPS-2"]
    assert [work.link.issue_key for work in claim(store)] == ["OPS-2"]
    assert store.reports.retry() == ["OPS-1", "OPS-3"]


def test_drop_ends_the_tries_until_the_issue_changes(store):
    park(store, "1", "2")
    assert store.reports.drop(["OPS-1"]) == ["OPS-1"]
    assert [one.issue_key for one in store.reports.parked()] == ["OPS-2"]
    mark(store, stub("1", minutes=1, key="OPS-1"))
    assert [work.link.issue_key for work in claim(store)] == ["OPS-1"]


def test_links_are_found_by_key_id_number_or_sys_id(store):
    mark(store, stub())
    (work,) = claim(store)
    store.links.confirm_write(work, {}, record_id="a" * 32, number="INC0010001")
    for name in ("OPS-1", "10001", "INC0010001", "a" * 32):
        assert [link.issue_key for link in store.reports.find(name)] == ["OPS-1"]


def test_those_in_doubt_can_be_named_be_it_for_a_write_or_for_a_note(store):
    mark(store, *[stub(id, key=f"OPS-{id}") for id in "123"])
    write, note, well = sorted(claim(store), key=lambda work: work.link.issue_key)
    store.links.intend_write(write, {"state": "1"})
    store.links.confirm_write(note, {}, record_id="a" * 32, number="INC1")
    store.links.intend_note(note, [Mark("10", 1, "aaaaaaaa")])
    store.queue.settle(well, "f")
    assert {one.issue_key for one in store.reports.links(in_doubt=True)} == {"OPS-1", "OPS-2"}
    assert store.reports.links("another", in_doubt=True) == []


def test_the_journal_keeps_what_was_done_newest_first_and_forgets_in_time(store):
    for result in (Result.CREATED, Result.NOTED):
        store.journal.append([Outcome("ops", "10001", "OPS-1", result, fields=("state",))])
    assert [entry.result for entry in store.journal.of("OPS-1")] == ["noted", "created"]
    assert store.journal.of("10001")[0].fields == ("state",)
    assert store.journal.prune(3600) == 0
    assert store.journal.prune(-1) == 2
    assert store.journal.newest() == []
