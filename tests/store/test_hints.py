"""Hints wait once each, are given to one process only, and are cut off when there are too many."""

from syncd.store import hints


def test_an_issue_waits_once_however_often_it_is_told_of(store):
    assert store.hints.add("ops", ["10001", "10002", "10001"]) == 0
    assert store.hints.add("ops", ["10001"]) == 0
    assert store.hints.waiting("ops") == 2


def test_hints_are_of_one_mapping_and_nobody_gets_them_twice(store):
    store.hints.add("ops", ["10001", "10002", "10003"])
    store.hints.add("other", ["10001"])
    assert store.hints.take("ops", 2) == ["10001", "10002"]
    assert store.hints.take("ops", 2) == ["10003"]
    assert store.hints.take("ops", 2) == []
    assert store.hints.waiting("other") == 1


def test_a_flood_is_cut_off_and_one_that_waits_already_takes_no_room(store, monkeypatch):
    monkeypatch.setattr(hints, "MOST_WAITING", 3)
    assert store.hints.add("ops", ["1", "2"]) == 0
    assert store.hints.add("ops", ["1", "3", "4", "5"]) == 2
    assert store.hints.take("ops", 9) == ["1", "2", "3"]


def test_a_delivery_is_known_again_until_nobody_repeats_it_any_more(store, monkeypatch):
    assert not store.hints.is_known("jira", "a-1")
    store.hints.heard("jira", "a-1")
    store.hints.heard("jira", "a-1")
    assert store.hints.is_known("jira", "a-1")
    assert not store.hints.is_known("other", "a-1")
    assert store.hints.prune() == 0
    monkeypatch.setattr(hints, "KEEP_SECONDS", -1.0)
    assert store.hints.prune() == 1
    assert not store.hints.is_known("jira", "a-1")


def test_hints_that_nobody_follows_do_not_stay_for_ever(store, monkeypatch):
    store.hints.add("no-longer-there", ["10001", "10002"])
    assert store.hints.prune() == 0
    monkeypatch.setattr(hints, "KEEP_SECONDS", -1.0)
    assert store.hints.prune() == 2
    assert store.hints.waiting("no-longer-there") == 0
