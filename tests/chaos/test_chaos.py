"""Real processes are killed, frozen and cut off while people work and both systems have their troubles.

`SYNCD_CHAOS_SECONDS` is how long (per database), `SYNCD_CHAOS_SEED` makes the same troubles come again; how they meet
the work is the machine's own chance.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.chaos.run import CONVERGED_WITHIN, staged

KINDS = ["sqlite", "postgres"]
SECONDS = float(os.environ.get("SYNCD_CHAOS_SECONDS", "300"))
SEED = int(os.environ.get("SYNCD_CHAOS_SEED", "0")) or random.randrange(1, 10**6)


@pytest.mark.chaos
@pytest.mark.parametrize("kind", KINDS)
def test_all_is_true_again_after_the_last_trouble(tmp_path, kind):
    print(f"\nseed {SEED}, {SECONDS:.0f} s, {kind}")
    with staged(tmp_path, kind, SEED) as chaos:
        chaos.live(SECONDS, freezes=max(int(SECONDS // 60), 1))
        seconds = chaos.converged()
        print(f"{sum(chaos.troubles.counts.values())} troubles: {chaos.troubles.counts}")
        print(f"{len(chaos.timeline)} events, {len(chaos.people.issues)} issues; all true after {seconds:.1f} s")
        assert seconds < CONVERGED_WITHIN
        chaos.people.touch_all()
        chaos.converged(exactly=True)
        assert chaos.writes_of_another_look() == 0, "everything was as it should be"
        assert [replica.end() for replica in chaos.replicas] == [0] * len(chaos.replicas)
