"""An index that runs behind and forgets: what lags no longer than the overlap is not missed, and the rest comes later.

Polls go as the engine's: from the cursor less the overlap, and the cursor moves to what the listing has reached.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from syncd.jira import JiraSource
from tests.jira.sandbox import FLAVOURS, Site, site

POLLS = 40
EVERY = 45.0
"""Seconds between polls."""


@dataclass
class Polling:
    """One who polls and remembers what it saw."""

    held: Site
    source: JiraSource
    cursor: datetime | None = None
    seen: set[tuple[str, datetime]] = field(default_factory=set)

    def poll(self) -> None:
        clock = self.source.prove()
        begin = None if self.cursor is None else self.cursor - self.source.overlap
        for page in self.source.changed_since("project = OPS", begin):
            self.seen |= {(stub.id, stub.updated) for stub in page.stubs}
            if page.reached is not None:
                self.cursor = min(page.reached, clock)

    def look_back(self, hours: int) -> None:
        """The wide look that is taken now and then, whatever the cursor says."""
        clock = self.source.prove()
        for page in self.source.changed_since("project = OPS", clock - timedelta(hours=hours)):
            self.seen |= {(stub.id, stub.updated) for stub in page.stubs}

    def missed(self) -> set[tuple[str, datetime]]:
        issues = self.held.sandbox.site.world.issues.values()
        return {(str(issue.id), issue.updated) for issue in issues} - self.seen


def worked(polling: Polling, chance: random.Random) -> None:
    """People edit, and we poll, until everybody goes home and the index catches up."""
    act, clock = polling.held.sandbox.act, polling.held.sandbox.clock
    for number in range(POLLS):
        for _ in range(chance.randint(0, 4)):
            act.edit(f"OPS-{chance.randint(1, 20)}", {"summary": f"edit {number} {chance.random()}"})
            clock.advance(chance.random() * 5)
        polling.poll()
        clock.advance(EVERY)
    clock.advance(3600)
    polling.poll()


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("lag", "overlap"),
    [
        pytest.param(0.0, None, id="none"),
        pytest.param((0.0, 110.0), None, id="two minutes, the overlap as it is"),
        pytest.param((0.0, 600.0), timedelta(minutes=11), id="ten minutes, a wider overlap"),
    ],
)
def test_what_lags_no_longer_than_the_overlap_is_never_missed(
    flavour: str, seed: int, lag: float | tuple[float, float], overlap: timedelta | None
) -> None:
    with site(flavour, issues=20, page_cap=7, views_max=7) as held:
        held.sandbox.clock.freeze()
        held.sandbox.set(index_lag=lag)
        polling = Polling(held, JiraSource(held.client, overlap=overlap))
        worked(polling, random.Random(seed))
        assert polling.missed() == set()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_lags_longer_is_found_by_the_wide_look_back(flavour: str) -> None:
    """Shown only after others have moved the cursor on: no poll would ask for it again."""
    with site(flavour, issues=5) as held:
        held.sandbox.clock.freeze()
        polling = Polling(held, held.source)
        polling.poll()
        held.sandbox.set(index_lag=1200.0)
        late = held.sandbox.act.edit("OPS-1", {"summary": "late"})
        held.sandbox.set(index_lag=0.0)
        for number in range(12):
            held.sandbox.clock.advance(120)
            held.sandbox.act.edit("OPS-2", {"summary": f"{number}"})
            polling.poll()
        assert polling.missed() == {(str(late.id), late.updated)}
        polling.look_back(hours=48)
        assert polling.missed() == set()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_an_issue_that_the_index_forgets_for_a_moment_comes_with_the_next_poll(flavour: str) -> None:
    with site(flavour, issues=20) as held:
        held.sandbox.clock.freeze()
        polling = Polling(held, held.source)
        polling.poll()
        for number in range(10):
            issue = held.sandbox.act.edit(f"OPS-{number + 1}", {"summary": "edited"})
            held.sandbox.act.edit("OPS-20", {"summary": f"{number}"})
            held.sandbox.site.index.hide_once(issue.id)
            polling.poll()
            held.sandbox.clock.advance(EVERY)
            polling.poll()
            assert polling.missed() == set()


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("seed", range(3))
def test_flicker_over_hours_loses_nothing_while_the_overlap_looks_often_enough(flavour: str, seed: int) -> None:
    with site(flavour, issues=20) as held:
        held.sandbox.clock.freeze()
        polling = Polling(held, JiraSource(held.client, overlap=timedelta(minutes=10)))
        polling.poll()
        held.sandbox.set(flicker=0.1)
        worked(polling, random.Random(seed))
        held.sandbox.set(flicker=0.0)
        polling.poll()
        assert polling.missed() == set()
