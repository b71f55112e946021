"""Each safeguard is taken away, and the random histories notice: what they cannot notice, they do not prove.

`pytest -n 0 -s -m "long or not long" tests/simulation/test_broken_variants.py` prints which history notices it, and by
which law.
"""

from pathlib import Path

import pytest

from tests.simulation.history import History
from tests.simulation.laws import Broken
from tests.simulation.safeguards import SAFEGUARDS

MOST = 1000


def variants():
    for safeguard in SAFEGUARDS:
        yield pytest.param(safeguard, id=str(safeguard), marks=[pytest.mark.long] if safeguard.seldom else [])


@pytest.mark.parametrize("safeguard", list(variants()))
def test_it_is_noticed(quick, monkeypatch, safeguard):
    safeguard.removed(monkeypatch)
    for seed in range(MOST):
        try:
            History(seed, quick).run()
        except Broken as broken:
            print(
                f"\nlaw {safeguard.law}: without it, {str(safeguard).replace('_', ' ')}; {str(broken).splitlines()[0]}"
            )
            return
    pytest.fail(f"{MOST} histories notice nothing")


def test_the_documentation_lists_them_all():
    """docs/guarantees.md has a line for each, in the words of the code."""
    page = (Path(__file__).parents[2] / "docs" / "guarantees.md").read_text(encoding="utf-8")
    rows = [f"| {one.law} | {str(one).replace('_', ' ')} |" for one in SAFEGUARDS]
    assert [row for row in rows if row not in page] == []
