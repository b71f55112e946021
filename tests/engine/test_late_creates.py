"""A create whose answer was lost arrives after all, while the next one is on its way: with what the issue said then."""

import pytest

from syncd.errors import DoubtfulError, UnavailableError
from tests.engine.test_doubts import known, later, remap

TARGET_WINS = ("comments: {to: work_notes}", "comments: {to: work_notes}\nconflict: target_wins")


@pytest.fixture(params=["source_wins", "target_wins"])
def kept_true(request, world):
    """A mapping of either conflict policy over an instance that creates records under the ids it is sent."""
    if request.param == "target_wins":
        remap(world, TARGET_WINS)
    world.jira.put(9)
    world.cycle()
    world.servicenow.transaction_limit = 60.0
    return world


def create_and_lose(world):
    """The record of OPS-1 is asked for and nobody answers; then the issue changes."""
    world.jira.put(1, summary="First")
    world.servicenow.moods["create"] = ["lost before"]
    world.cycle()
    assert known(world).sent_at is not None
    world.jira.put(1, summary="Second")


def arriving_before(world, what):
    """The lost create is carried out right before `what` happens to the next one."""
    create = world.servicenow.create

    def late(record_id, correlation, fields, columns):
        world.servicenow.create = create
        create(record_id, correlation, {**fields, "short_description": "First"}, columns)
        return what(create, record_id, correlation, fields, columns)

    world.servicenow.create = late


def collides(create, *asked_for):
    return create(*asked_for)


def is_not_answered(create, *asked_for):
    raise DoubtfulError("broke off", system="servicenow", settles_after=60.0)


def is_throttled(create, *asked_for):
    raise UnavailableError("asks for fewer calls", system="servicenow", status=429, retry_after=0.01)


@pytest.mark.parametrize("what", [collides, is_not_answered, is_throttled])
def test_what_changed_since_is_written_all_the_same(kept_true, what):
    create_and_lose(kept_true)
    arriving_before(kept_true, what)
    kept_true.cycle()
    for _ in range(3):
        kept_true.hurry()
        kept_true.work()
    assert kept_true.servicenow.of(1)["short_description"] == "Second"
    assert len(kept_true.servicenow.records) == 2
    assert kept_true.store.queue.next_due_in("ops", failed=True) is None
    assert known(kept_true).sent_at is None


def test_a_refusal_is_no_news_of_the_create_before_it(kept_true):
    """While that one may still arrive, it is in doubt; afterwards there is none."""
    create_and_lose(kept_true)
    kept_true.servicenow.moods["create"] = ["refused", "refused"]
    kept_true.cycle()
    kept_true.hurry()
    kept_true.work()
    assert known(kept_true).attempted["short_description"] == "First"
    later(kept_true, 61)
    kept_true.hurry()
    kept_true.work()
    assert known(kept_true).sent_at is None


def test_what_the_instance_computes_of_a_late_create_is_not_fought_over(kept_true):
    """What is stored otherwise than it was ever sent is the instance's own form of it, and not written again."""
    stored = kept_true.servicenow._stored
    kept_true.servicenow._stored = lambda fields: {**stored(fields), "urgency": "2"}
    create_and_lose(kept_true)
    arriving_before(kept_true, collides)
    kept_true.cycle()
    for _ in range(3):
        kept_true.hurry()
        kept_true.work()
    assert kept_true.servicenow.calls["update"] == 1
    assert kept_true.servicenow.of(1)["urgency"] == "2"
