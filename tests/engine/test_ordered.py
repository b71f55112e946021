"""Backfills that people asked for: run by whoever ticks, stopped between two pages, and not tried for ever in vain."""

from __future__ import annotations

import pytest

from syncd.core.access import Actor
from syncd.engine import ordered
from syncd.engine.backfill import within
from syncd.engine.ordered import run_ordered
from syncd.errors import AuthError, UnavailableError, UserError
from tests.engine.world import World

ANN = Actor("ann", "operator")


@pytest.fixture(autouse=True)
def looks_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ordered, "ASK_SECONDS", 0.0)


def asked(world: World, jql: str = ""):
    route = world.route
    return world.store.runs.ask(route.name, within(route, jql), None, route.mapping.digest, jql, ANN)


def tick(world: World) -> None:
    run_ordered(world.engine, world.route)


@pytest.fixture
def full(world: World) -> World:
    world.jira.page_size = 2
    for number in range(1, 7):
        world.jira.put(number)
    return world


def test_one_is_run_to_its_end_and_only_once(full):
    run = asked(full)
    tick(full)
    assert full.store.runs.get(run.id).finished_at is not None
    assert full.servicenow.calls["create"] == 6
    tick(full)
    assert full.servicenow.calls["create"] == 6


def test_nothing_is_run_that_nobody_asked_for(full):
    full.store.cursors.begin_backfill("ops", "project = OPS", None, full.route.mapping.digest)
    tick(full)
    assert full.servicenow.calls["create"] == 0


def test_one_that_is_stopped_ends_early_and_goes_on_when_asked_again(full, monkeypatch):
    run = asked(full)
    real = full.store.runs.get
    monkeypatch.setattr(full.store.runs, "get", lambda id: full.store.runs.stop(id, ANN) or real(id))
    tick(full)
    monkeypatch.undo()
    assert full.servicenow.calls["create"] < 6
    tick(full)
    assert full.servicenow.calls["create"] < 6, "it was stopped"
    assert asked(full).id == run.id
    tick(full)
    assert full.servicenow.calls["create"] == 6


def test_a_paused_mapping_pauses_its_backfill(full, monkeypatch):
    asked(full)
    full.store.cursors.pause("ops", True)
    tick(full)
    assert full.servicenow.calls["create"] < 6


def test_trouble_is_told_and_the_next_tick_tries_again(full):
    run = asked(full)
    full.jira.dead = True
    with pytest.raises((AuthError, UnavailableError)):
        tick(full)
    assert full.store.runs.get(run.id).error
    assert full.store.runs.wanted("ops")
    full.jira.dead = False
    tick(full)
    assert (full.store.runs.get(run.id).error, full.servicenow.calls["create"]) == ("", 6)


def test_no_query_reaches_beyond_the_mapping(world):
    with pytest.raises(UserError, match="beyond the mapping"):
        within(world.route, "status = Open) OR (project = SECRET")
    assert within(world.route, "status = Open").endswith(" AND (status = Open)")
