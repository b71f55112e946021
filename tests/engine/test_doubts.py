"""A write whose answer was lost: what may be concluded, when, and that no doubt outlives its reason."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from syncd.core.model import Audience
from syncd.engine.doubts import Doubts
from syncd.engine.failures import WaitError
from syncd.engine.prepare import in_doubt
from syncd.errors import AuthError
from syncd.store.tables import links, notes
from tests.engine.world import Killed


def known(world):
    return world.store.links.known("ops", "jira.example", ["10001"])["10001"]


def later(world, seconds):
    """So many seconds pass on the database's clock."""
    with world.store.database.write() as connection:
        connection.execute(update(links).values(due_at=links.c.due_at - seconds, sent_at=links.c.sent_at - seconds))
        connection.execute(update(notes).values(sent_at=notes.c.sent_at - seconds))


def remap(world, *changes):
    text = world.mapping_file.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    world.mapping_file.write_text(text)
    world.restart()


def forget_everything(world):
    with world.store.database.write() as connection:
        for table in ("notes", "links", "cursors"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    world.restart()


def killed_cycle(world):
    with pytest.raises(Killed):
        world.cycle()
    world.restart()


def test_what_a_look_up_did_not_show_may_have_come_since_so_the_wait_ends_by_when_it_was_asked(world):
    world.servicenow.honours_ids = False
    world.servicenow.transaction_limit = 60.0
    world.jira.put(1)
    world.servicenow.moods["create"] = ["lost before"]
    world.cycle()
    world.hurry()
    (work,) = world.store.queue.claim("ops", "jira.example", 1)

    def looked(after):
        return replace(work, claimed_at=work.link.sent_at + after)

    doubts = Doubts(world.route, world.store)
    with pytest.raises(WaitError):
        doubts.settle(looked(after=60.9), (), ids_honoured=False)  # it may have left a second after its intent
    assert doubts.settle(looked(after=61.1), (), ids_honoured=False).link == work.link


def test_a_lost_update_is_not_repeated_while_it_may_arrive_and_overwrite_what_comes_next(world):
    world.servicenow.transaction_limit = 60.0
    world.jira.put(1)
    world.cycle()
    world.jira.put(1, summary="Second")
    world.servicenow.moods["update"] = ["lost before"]
    world.cycle()
    later(world, 10)
    world.work()
    assert world.servicenow.calls["update"] == 1
    later(world, 60)
    world.work()
    assert world.servicenow.of(1)["short_description"] == "Second"
    assert not in_doubt(known(world))


@pytest.mark.parametrize("kind", ["create", "update", "add_note"])
def test_a_write_that_was_refused_for_its_credentials_leaves_no_doubt(world, kind):
    world.jira.put(1)
    if kind != "create":
        world.cycle()
        world.jira.put(1, summary="Changed")
    world.jira.comment(1, "a comment")
    call, seen = getattr(world.servicenow, kind), []

    def locked_out(*args):
        seen.append(args)
        raise AuthError("does not know this user", system="servicenow", status=401)

    setattr(world.servicenow, kind, locked_out)
    assert isinstance(world.cycle().trouble, AuthError)
    assert seen
    assert not in_doubt(known(world))
    setattr(world.servicenow, kind, call)
    world.servicenow.journal_readable = False  # nothing has to be read back
    world.hurry()
    assert world.work().done == 1


def test_a_doubt_ends_even_if_nothing_is_to_be_written_any_more(world):
    world.jira.put(1)
    world.cycle()
    world.jira.put(1, summary="Changed")
    world.servicenow.moods["update"] = ["lost before"]
    world.cycle()
    remap(world, ("name: ops", "name: ops\npolicy: notes_only"))
    world.hurry()
    world.work()
    assert not in_doubt(known(world))
    assert known(world).applied["short_description"].sent == "Issue 1"


def test_a_note_in_doubt_counts_as_a_doubt(world):
    world.servicenow.transaction_limit = 60.0
    world.jira.put(1)
    world.jira.comment(1, "a comment")
    world.servicenow.moods["add_note"] = ["lost before"]
    world.cycle()
    assert world.store.reports.counts()[0].in_doubt == 1


@pytest.mark.parametrize("policy", ["full", "notes_only", "create_only"])
def test_a_record_that_is_found_is_remembered_under_any_policy(world, policy):
    remap(world, ("name: ops", f"name: ops\npolicy: {policy}"))
    world.jira.put(1)
    world.cycle()
    forget_everything(world)
    world.cycle()
    assert known(world).record_id == world.servicenow.of(1)["sys_id"]


def test_the_notes_of_a_record_found_are_known_even_while_their_comments_are_hidden(world):
    world.jira.put(1)
    comment = world.jira.comment(1, "said once")
    world.cycle()

    def becomes(audience):
        world.jira._change(1, lambda comments: tuple(replace(c, audience=audience) for c in comments))

    becomes(Audience.RESTRICTED)
    forget_everything(world)
    world.cycle()
    becomes(Audience.PUBLIC)
    world.cycle()
    marked = [note for note in world.servicenow.notes(1) if f"[jira-comment {comment}.1." in note]
    assert len(marked) == 1


@pytest.mark.parametrize("history", ["none", "fold"])
@pytest.mark.parametrize("mood", ["killed before", "killed after"])
def test_history_stays_history_if_the_create_is_cut_off(world, history, mood):
    remap(world, ("{to: work_notes}", f"{{to: work_notes, history: {history}}}"))
    world.jira.put(1)
    for body in ("first", "second"):
        world.jira.comment(1, body)
    world.servicenow.moods["create"] = [mood]
    killed_cycle(world)
    for record in world.servicenow.records.values():
        record["sys_created_on"] = "2026-01-05 13:00:00"
    world.cycle()
    written = world.servicenow.notes(1)
    assert len(written) == (0 if history == "none" else 1)


def test_an_issue_that_is_changed_back_after_a_crash_is_not_taken_for_unchanged(world):
    world.jira.put(1)
    world.cycle()
    world.jira.put(1, status="Done")
    settle, world.store.queue.settle = world.store.queue.settle, killing
    with pytest.raises(Killed):
        world.cycle()
    world.store.queue.settle = settle
    world.restart()
    assert world.servicenow.of(1)["state"] == "6"
    world.jira.put(1, status="To Do")
    world.cycle()
    assert world.servicenow.of(1)["state"] == "1"


def killing(*args, **more):
    raise Killed
