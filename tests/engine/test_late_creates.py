"""A create whose answer was lost arrives after all, with what the issue said then: what changed since is not lost.

Two creates that say different things are never under way together: nobody could tell which one the record came of, and
what the earlier one said would pass for a person's edit, which `target_wins` keeps and `hold` holds.
"""

import pytest

from syncd.errors import DoubtfulError, UnavailableError
from tests.engine.test_doubts import known, later, remap


@pytest.fixture(params=["source_wins", "target_wins", "hold"])
def kept_true(request, world):
    """A mapping of each conflict policy over an instance that creates records under the ids it is sent."""
    remap(world, ("comments: {to: work_notes}", f"comments: {{to: work_notes}}\nconflict: {request.param}"))
    world.jira.put(9)
    world.cycle()
    world.servicenow.transaction_limit = 60.0
    return world


def create_and_lose(world, times=1):
    """The record of OPS-1 is asked for so often, and nobody answers. Returns the creates, each to be carried out."""
    create, lost = world.servicenow.create, []

    def carried_out_later(*asked_for):
        lost.append(lambda: create(*asked_for))
        return create(*asked_for)

    world.servicenow.create = carried_out_later
    world.servicenow.moods["create"] = ["lost before"] * times
    world.jira.put(1, summary="First")
    world.cycle()
    for _ in range(times - 1):
        go_on(world)
    world.servicenow.create = create
    assert len(lost) == times
    assert known(world).sent_at is not None
    return lost


def go_on(world):
    world.hurry()
    world.work()


def assert_settled(world, summary):
    for _ in range(3):
        go_on(world)
    assert world.servicenow.of(1)["short_description"] == summary
    assert len(world.servicenow.records) == 2
    assert known(world).sent_at is None
    assert world.store.queue.next_due_in("ops", failed=True) is None


@pytest.mark.parametrize("times", [1, 2, 3])
def test_what_changed_since_is_written_whenever_the_lost_one_arrives(kept_true, times):
    first, *_ = create_and_lose(kept_true, times)
    kept_true.jira.put(1, summary="Second")
    kept_true.cycle()
    assert kept_true.servicenow.calls["create"] == 1 + times, "what says something else waits"
    first()
    assert_settled(kept_true, "Second")


def test_what_changed_twice_since_is_written_whenever_the_lost_one_arrives(kept_true):
    (first,) = create_and_lose(kept_true)
    for summary in ("Second", "Third"):
        kept_true.jira.put(1, summary=summary)
        kept_true.servicenow.moods["create"] = ["lost before"]
        kept_true.cycle()
    kept_true.servicenow.moods.clear()
    first()
    assert_settled(kept_true, "Third")


def test_what_changed_since_is_created_when_the_lost_one_can_arrive_no_more(kept_true):
    create_and_lose(kept_true)
    kept_true.jira.put(1, summary="Second")
    kept_true.cycle()
    later(kept_true, 62)
    assert_settled(kept_true, "Second")
    assert kept_true.servicenow.calls["create"] == 3


def collides(create, *asked_for):
    return create(*asked_for)


def is_not_answered(create, *asked_for):
    raise DoubtfulError("broke off", system="servicenow", settles_after=60.0)


def is_throttled(create, *asked_for):
    raise UnavailableError("asks for fewer calls", system="servicenow", status=429, retry_after=0.01)


@pytest.mark.parametrize("what", [collides, is_not_answered, is_throttled])
def test_the_same_is_sent_again_at_once_and_the_lost_one_may_arrive_right_before_it(kept_true, what):
    (first,) = create_and_lose(kept_true)
    create = kept_true.servicenow.create

    def late(*asked_for):
        kept_true.servicenow.create = create
        first()
        return what(create, *asked_for)

    kept_true.servicenow.create = late
    go_on(kept_true)
    assert kept_true.servicenow.create == create
    assert_settled(kept_true, "First")
    kept_true.jira.put(1, summary="Second")
    kept_true.cycle()
    assert_settled(kept_true, "Second")


def test_a_refusal_is_no_news_of_the_create_before_it(kept_true):
    """While that one may still arrive, it is in doubt; afterwards there is none."""
    create_and_lose(kept_true)
    kept_true.servicenow.moods["create"] = ["refused", "refused"]
    go_on(kept_true)
    go_on(kept_true)
    assert known(kept_true).attempted["short_description"] == "First"
    later(kept_true, 62)
    kept_true.servicenow.moods["create"] = ["refused"]
    go_on(kept_true)
    assert known(kept_true).sent_at is None


def test_what_the_instance_computes_of_a_late_create_is_not_fought_over(kept_true):
    """What is stored otherwise than it was ever sent is the instance's own form of it, and not written again."""
    stored = kept_true.servicenow._stored
    kept_true.servicenow._stored = lambda fields: {**stored(fields), "urgency": "2"}
    (first,) = create_and_lose(kept_true)
    first()
    kept_true.jira.put(1, summary="Second")
    kept_true.cycle()
    assert_settled(kept_true, "Second")
    assert kept_true.servicenow.calls["update"] == 1
    assert kept_true.servicenow.of(1)["urgency"] == "2"
