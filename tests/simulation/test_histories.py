"""Many random histories, each told by its seed; after each, the laws hold.

`SYNCD_SIMULATION_SEEDS=10000:30000` chooses the histories of the long form, which come in shards for several processes
(`pytest -n 8 -m long tests/simulation/test_histories.py`).
"""

import os

import pytest

from tests.simulation.telling import tell
from tests.simulation.temper import Temper

SHORT, SHORT_ON_POSTGRES = 150, 25
FIRST, _, LAST = os.environ.get("SYNCD_SIMULATION_SEEDS", f"{SHORT}:10000").partition(":")
SHARD = 250
CALM = Temper(trouble=0.0)


def test_the_laws_hold_after_any_history(quick):
    for seed in range(SHORT):
        tell(seed, quick)


def test_the_laws_hold_on_postgres_too(on_postgres):
    for seed in range(SHORT, SHORT + SHORT_ON_POSTGRES):
        tell(seed, on_postgres)


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_eighth_of_its_commits(quick, when):
    """In a history without any other trouble, so that each of them is surely met."""
    killed_at_commits(quick, 1, when, every=8)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 40))
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_any_one_of_its_commits(quick, seed, when):
    killed_at_commits(quick, seed, when, every=1)


def killed_at_commits(store, seed, when, every):
    calm = tell(seed, store, temper=CALM)
    assert calm.stored > 10 * every
    for number in range(1, calm.stored + 1, every):
        tell(seed, store, temper=CALM, kill_at=(number, when))


@pytest.mark.long
@pytest.mark.parametrize("first", range(int(FIRST), int(LAST), SHARD))
def test_the_laws_hold_after_very_many_histories(quick, first):
    for seed in range(first, min(first + SHARD, int(LAST))):
        tell(seed, quick)
