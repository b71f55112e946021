"""A status that ServiceNow refuses: what else changed is written, and the refusal says what was asked for."""

from syncd.store import loops


def refuse(world, times: int = 1) -> None:
    world.servicenow.moods["update"] = ["refused"] * times


def test_other_columns_and_notes_do_not_wait_for_it(world):
    world.jira.put(1)
    world.cycle()
    refuse(world)
    world.jira.comment(1, "we hear nothing")
    world.jira.put(1, summary="Now worse", status="Done")
    tally = world.cycle()
    record = world.servicenow.of(1)
    assert (record["short_description"], record["state"]) == ("Now worse", "1")
    assert [note.splitlines()[1] for note in world.servicenow.notes(1)] == ["we hear nothing"]
    assert (tally.done, tally.parked) == (0, 1)


def test_it_is_parked_with_what_was_asked_for_and_the_way_out(world):
    world.jira.put(1)
    world.cycle()
    refuse(world, 2)
    world.jira.put(1, summary="Nobody's business", status="Done")
    world.cycle()
    (parked,) = world.store.reports.parked()
    assert parked.cause == "rejected"
    for said in ("Data Policy Exception", "state from '1' to '6'", "close_code", "mapping ops", "target.final"):
        assert said in parked.error
    assert "Nobody" not in parked.error


def test_it_is_tried_again_and_nothing_is_written_twice(world):
    world.jira.put(1)
    world.cycle()
    refuse(world)
    world.jira.comment(1, "once")
    world.jira.put(1, summary="Now worse", status="Done")
    world.cycle()
    world.servicenow.calls.clear()
    world.hurry()
    world.work()
    assert world.servicenow.of(1)["state"] == "6"
    assert world.servicenow.writes == 1
    assert len(world.servicenow.notes(1)) == 1
    assert world.store.reports.parked() == []


def test_a_record_that_takes_nothing_is_parked_for_the_status(world):
    world.jira.put(1)
    world.cycle()
    refuse(world, 2)
    world.servicenow.moods["add_note"] = ["refused"]
    world.jira.comment(1, "too late")
    world.jira.put(1, summary="Now worse", status="Done")
    world.cycle()
    (parked,) = world.store.reports.parked()
    assert "state from '1' to '6'" in parked.error
    world.hurry()
    world.work()
    assert (world.servicenow.of(1)["short_description"], len(world.servicenow.notes(1))) == ("Now worse", 1)


def test_without_a_status_in_it_a_refused_update_lets_the_notes_pass(world):
    world.jira.put(1)
    world.cycle()
    refuse(world)
    world.jira.comment(1, "heard")
    world.jira.put(1, summary="x" * 50)
    world.cycle()
    (parked,) = world.store.reports.parked()
    assert "it was asked to set short_description (50 characters)" in parked.error
    assert len(world.servicenow.notes(1)) == 1
    assert world.servicenow.calls["update"] == 1


def test_refusals_are_no_loop(world):
    world.jira.put(1)
    world.cycle()
    refuse(world, 2 * loops.MOST_WRITES)
    for attempt in range(loops.MOST_WRITES):
        world.jira.put(1, summary=f"Edit {attempt}", status="Done")
        world.cycle()
    (parked,) = world.store.reports.parked()
    assert parked.cause == "rejected"


def test_a_record_that_cannot_be_created_so_says_what_was_asked_for(world):
    world.servicenow.moods["create"] = ["refused"]
    world.jira.put(1, status="Done")
    world.cycle()
    (parked,) = world.store.reports.parked()
    assert parked.cause == "rejected"
    for said in ("Data Policy Exception", "state to '6'", "close_code to 'Solution provided'", "mapping ops"):
        assert said in parked.error
