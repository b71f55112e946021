"""Tell a history by its seed; one that breaks a law is told again without each of its steps, to show the shortest."""

from __future__ import annotations

from typing import Any

from syncd.store import Store
from tests.simulation.history import STEPS, History
from tests.simulation.laws import Broken


def tell(seed: int, store: Store, **options: Any) -> History:
    """The history, lived through. Raises Broken with as short a story as was found."""
    history = History(seed, store, **options)
    try:
        history.run()
    except Broken as broken:
        raise _shortest(seed, store, broken, options) from None
    return history


def _shortest(seed: int, store: Store, broken: Broken, options: dict[str, Any]) -> Broken:
    """Leave out one step after the other for as long as a law is still broken."""
    without: frozenset[int] = options.pop("without", frozenset())
    left = STEPS + 1
    while left > STEPS - len(without):
        left = STEPS - len(without)
        for step in set(range(STEPS)) - without:
            try:
                History(seed, store, without=without | {step}, **options).run()
            except Broken as again:
                broken, without = again, without | {step}
    again = f"History({seed}, store, without=frozenset({sorted(without)}){_more(options)}).run()"
    return Broken(f"{left} of {STEPS} steps are enough: {again}\n{broken}")


def _more(options: dict[str, Any]) -> str:
    return "".join(f", {name}={value!r}" for name, value in options.items())
