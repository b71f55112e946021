import cProfile, pstats
from tests.simulation.telling import tell
def test_prof(quick):
    pr = cProfile.Profile(); pr.enable()
    for seed in range(15): tell(seed, quick)
    pr.disable(); pstats.Stats(pr).sort_stats("tottime").print_stats(25)
