"""Exactly once: killed or cut off at every call, the line converges to one record and each note once, in order."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from syncd.core.marker import marks_of_note
from syncd.errors import DoubtfulError
from syncd.store import Store, queue
from syncd.store import links as store_links
from syncd.store.tables import links
from tests.engine.world import Killed, World

SCRIPT = ["create", "add_note", "add_note", "add_note"]
"""The writes that one new issue with three comments needs."""


def one_issue_with_three_comments(world):
    world.jira.put(1, summary="Disk full", status="Done")
    for body in ("first", "second", "third"):
        world.jira.comment(1, body)


def converge(world, rounds=8):
    for _ in range(rounds):
        world.hurry()
        world.cycle()


def assert_exactly_once(world):
    assert len(world.servicenow.records) == 1
    notes = world.servicenow.notes(1)
    assert [note.splitlines()[1] for note in notes] == ["first", "second", "third"]
    assert len({mark for note in notes for mark in marks_of_note(note)}) == 3
    assert world.servicenow.of(1)["state"] == "6"
    (count,) = world.store.reports.counts()
    assert (count.waiting, count.parked, count.in_doubt, count.notes) == (0, 0, 0, 3)


WHERE = [(kind, index, mood) for kind, count in (("create", 1), ("add_note", 3), ("look_up", 1))
         for index in range(count) for mood in ("killed before", "killed after")]  # fmt: skip


@pytest.mark.parametrize(("kind", "index", "mood"), WHERE)
def test_killed_around_a_call(world, kind, index, mood):
    one_issue_with_three_comments(world)
    world.servicenow.moods[kind] = ["good"] * index + [mood]
    with pytest.raises(Killed):
        world.cycle()
    world.restart()
    converge(world)
    assert_exactly_once(world)


@pytest.mark.parametrize("mood", ["lost before", "lost after"])
@pytest.mark.parametrize(("kind", "index"), [("create", 0), ("add_note", 0), ("add_note", 1), ("add_note", 2)])
def test_the_answer_is_lost(world, kind, index, mood):
    one_issue_with_three_comments(world)
    world.servicenow.moods[kind] = ["good"] * index + [mood]
    world.cycle()
    converge(world)
    assert_exactly_once(world)


@pytest.mark.parametrize("at", range(1, 14))
def test_killed_after_any_write_to_the_database(world, monkeypatch, at):
    one_issue_with_three_comments(world)
    world.engine.poll(world.route)
    written = 0
    write = world.store.database.write

    def dying_write():
        nonlocal written
        written += 1
        if written >= at:
            raise Killed
        return write()

    monkeypatch.setattr(world.store.database, "write", dying_write)
    try:
        world.work()
        died = False
    except Killed:
        died = True
    monkeypatch.undo()
    assert died or at > 8
    world.restart()
    converge(world)
    assert_exactly_once(world)


@pytest.mark.parametrize("honours_ids", [True, False], ids=["ids honoured", "ids not honoured"])
def test_a_create_whose_answer_was_lost_is_looked_for_and_never_repeated(world, honours_ids):
    world.servicenow.honours_ids = honours_ids
    one_issue_with_three_comments(world)
    world.servicenow.moods["create"] = ["lost after"]
    world.cycle()
    converge(world)
    assert world.servicenow.calls["create"] == 1
    assert_exactly_once(world)


def test_a_create_that_may_still_arrive_is_waited_for_where_ids_are_not_honoured(world):
    world.servicenow.honours_ids = False
    world.servicenow.transaction_limit = 3600.0
    one_issue_with_three_comments(world)
    world.servicenow.moods["create"] = ["lost before"]
    world.cycle()
    converge(world)
    assert world.servicenow.calls["create"] == 1
    world.servicenow.transaction_limit = 0.0
    converge(world)
    assert_exactly_once(world)


def test_a_note_that_may_still_arrive_is_waited_for(world):
    world.servicenow.transaction_limit = 3600.0
    one_issue_with_three_comments(world)
    world.servicenow.moods["add_note"] = ["good", "lost before"]
    world.cycle()
    converge(world)
    assert world.servicenow.calls["add_note"] == 2
    world.servicenow.transaction_limit = 0.0
    converge(world)
    assert_exactly_once(world)


def test_a_note_in_doubt_is_not_sent_again_while_the_journal_cannot_be_read(world):
    one_issue_with_three_comments(world)
    world.servicenow.moods["add_note"] = ["lost after"]
    world.servicenow.journal_readable = False
    world.cycle()
    converge(world)
    (parked,) = world.store.reports.parked()
    assert parked.cause == "unreadable"
    assert "audit_viewer" in parked.error
    assert len(world.servicenow.notes(1)) == 1
    world.servicenow.journal_readable = True
    converge(world)
    assert_exactly_once(world)


def test_a_lost_database_is_recovered_from_the_marks(world, store, tmp_path):
    one_issue_with_three_comments(world)
    world.cycle()
    for link in store.reports.links():
        store.reports.drop([link.issue_key])
    with store.database.write() as connection:
        connection.exec_driver_sql("DELETE FROM notes")
        connection.exec_driver_sql("DELETE FROM links")
        connection.exec_driver_sql("DELETE FROM cursors")
    world.servicenow.calls.clear()
    world.restart()
    converge(world)
    assert world.servicenow.writes == 0
    assert_exactly_once(world)


def test_the_intent_is_stored_before_the_call(world):
    one_issue_with_three_comments(world)
    seen = []
    create = world.servicenow.create

    def watching_create(*args):
        seen.append(world.store.links.known("ops", "jira.example", ["10001"])["10001"])
        return create(*args)

    world.servicenow.create = watching_create
    world.cycle()
    assert seen[0].attempted["short_description"] == "Disk full"
    assert datetime.fromtimestamp(seen[0].sent_at, UTC) > datetime(2026, 1, 1, tzinfo=UTC)


def test_a_doubt_that_does_not_end_is_parked_and_said(world):
    one_issue_with_three_comments(world)
    world.servicenow.moods["create"] = ["lost before"] * 50
    converge(world)
    (parked,) = world.store.reports.parked()
    assert parked.cause == "doubt"
    assert DoubtfulError("", system="").exit_code == 1
    world.servicenow.moods.clear()
    converge(world)
    assert_exactly_once(world)


class Frozen:
    """A process that stands still in the middle of a call, long enough for another to take its work over and do it."""

    def __init__(self, world):
        self.world = world
        self.other = World(world.jira, world.servicenow, Store(world.store.database), world.mapping_file)

    def while_calling(self, kind):
        call = getattr(self.world.servicenow, kind)

        def thawed_later(*args):
            setattr(self.world.servicenow, kind, call)
            seen = call(*args) if kind == "look_up" else None
            self.world.hurry()  # the claim has run out
            self.other.work()
            return seen or call(*args)

        setattr(self.world.servicenow, kind, thawed_later)


@pytest.mark.parametrize("kind", ["look_up", "create"])
def test_a_frozen_process_sends_nothing_after_another_has_taken_over(world, kind):
    one_issue_with_three_comments(world)
    Frozen(world).while_calling(kind)
    world.cycle()
    converge(world)
    assert_exactly_once(world)


def test_without_the_fence_a_frozen_process_would_write_twice(world, monkeypatch):
    def unfenced(connection, work, **values):
        connection.execute(update(links).where(links.c.id == work.id).values(**values))

    monkeypatch.setattr(queue, "hold", unfenced)
    monkeypatch.setattr(store_links, "hold", unfenced)
    world.jira.put(1)
    world.cycle()
    world.jira.put(1, summary="Once")
    Frozen(world).while_calling("look_up")
    world.cycle()
    assert world.servicenow.calls["update"] == 2


def test_an_issue_that_gets_on_between_doubts_is_not_parked(world):
    world.jira.put(1)
    for number in range(8):
        world.jira.comment(1, f"comment {number}")
    world.servicenow.moods["add_note"] = ["good", "lost after"] * 8
    converge(world, rounds=12)
    assert "parked" not in world.results()
    assert len(world.servicenow.notes(1)) == 8
