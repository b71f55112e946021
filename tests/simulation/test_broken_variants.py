"""Each safeguard is taken away, and the random histories notice: what they cannot notice, they do not prove.

The search begins at the history that noticed it the last time, so that it is short; the long form begins at the first.
`pytest -n 0 -s tests/simulation/test_broken_variants.py` prints which history notices it, and by which law.
"""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.simulation.history import History
from tests.simulation.laws import Broken
from tests.simulation.safeguards import SAFEGUARDS, Safeguard

MOST = 1000


def first_that_notices(safeguard: Safeguard, seeds: Iterable[int], store, monkeypatch) -> int:
    with monkeypatch.context() as without:
        safeguard.removed(without)
        for seed in seeds:
            try:
                History(seed, store, safeguard.temper).run()
            except Broken as broken:
                said = str(broken).splitlines()[0]
                print(f"\nlaw {safeguard.law}: without it, {str(safeguard).replace('_', ' ')}; {said}")
                assert "bug:" not in said, "what is broken is the variant itself"
                return seed
    pytest.fail(f"{MOST} histories notice nothing")


@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=str)
def test_it_is_noticed(quick, monkeypatch, safeguard):
    seeds = [*range(safeguard.noticed, MOST), *range(safeguard.noticed)]
    seed = first_that_notices(safeguard, seeds, quick, monkeypatch)
    History(seed, quick, safeguard.temper).run()  # and all is well where nothing is taken away


@pytest.mark.long
@pytest.mark.parametrize("safeguard", SAFEGUARDS, ids=str)
def test_it_is_noticed_by_the_first_of_them(quick, monkeypatch, safeguard):
    assert first_that_notices(safeguard, range(MOST), quick, monkeypatch) <= safeguard.noticed


def test_the_documentation_lists_them_all():
    """docs/guarantees.md has a line for each, in the words of the code."""
    page = (Path(__file__).parents[2] / "docs" / "guarantees.md").read_text(encoding="utf-8")
    rows = [f"| {s.law} | {str(s).replace('_', ' ')} | {s.noticed} | {s.temper} |" for s in SAFEGUARDS]
    assert [row for row in rows if row not in page] == []
