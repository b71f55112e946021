"""The timers of one process among others: what it says, and how often it looks."""

import logging

import pytest

from syncd.daemon.ticker import Ticker
from syncd.errors import AuthError
from tests.engine.conftest import mapping_file, world  # noqa: F401  # its fixtures


@pytest.fixture
def ticker(world):  # noqa: F811
    return Ticker(world.engine, 30.0)


@pytest.fixture
def said(caplog):
    caplog.set_level(logging.INFO, logger="syncd")
    return lambda: [record.message for record in caplog.records if record.name == "syncd.daemon.ticker"]


def due_again(world):  # noqa: F811
    """The interval has passed."""
    with world.store.database.write() as connection:
        connection.exec_driver_sql("UPDATE claims SET begun_at = begun_at - 40")


@pytest.mark.parametrize("interval", [0.5, 1.0, 10.0, 30.0, 600.0])
def test_it_looks_often_enough_to_take_over_and_seldom_enough_not_to_burden_the_database(world, interval):  # noqa: F811
    look = Ticker(world.engine, interval)._look
    assert look <= interval
    assert look >= min(interval, 1.0)
    assert look <= max(1.0, interval / 10)


def test_ticks_within_the_interval_ask_jira_nothing(world, ticker):  # noqa: F811
    for _ in range(5):
        ticker._poll(world.route)
    assert world.jira.calls["prove"] == 1
    due_again(world)
    ticker._poll(world.route)
    assert world.jira.calls["prove"] == 2


def test_a_failure_is_over_when_a_poll_succeeds_not_when_there_was_none(world, ticker, said):  # noqa: F811
    world.jira.dead = True
    for _ in range(3):
        ticker._poll(world.route)
    assert said() == [str(AuthError("the token is dead", system="jira", step="prove", status=401))]
    world.jira.dead = False
    due_again(world)
    ticker._poll(world.route)
    assert said()[1:] == ["poll:ops: works again"]


def test_a_paused_mapping_is_not_polled(world, ticker):  # noqa: F811
    ticker._poll(world.route)
    world.store.cursors.pause("ops", True)
    due_again(world)
    ticker._poll(world.route)
    assert world.jira.calls["prove"] == 1


def test_hints_that_cannot_be_followed_do_not_make_a_call_each_second(world, ticker, said):  # noqa: F811
    world.jira.dead = True
    world.store.hints.add("ops", ["10001"])
    for _ in range(5):
        ticker._hints(world.route)
    assert world.jira.calls["matching"] == 1
    assert world.store.hints.waiting("ops") == 1
