"""Many random histories, each told by its seed; after each, the laws hold."""

import pytest

from tests.simulation.history import History

SHORT, SHORT_ON_POSTGRES, LONG = 250, 30, 10_000


def test_the_laws_hold_after_any_history(quick):
    for seed in range(SHORT):
        History(seed, quick).run()


def test_the_laws_hold_on_postgres_too(on_postgres):
    for seed in range(SHORT, SHORT + SHORT_ON_POSTGRES):
        History(seed, on_postgres).run()


@pytest.mark.long
def test_the_laws_hold_after_very_many_histories(quick):
    for seed in range(SHORT, LONG):
        History(seed, quick).run()
