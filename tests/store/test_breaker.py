"""Refused credentials close a connection for all processes, for a time that grows, and one of them tries again."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import case, update

from syncd.errors import AuthError, RejectedError, ThrottledError, UnavailableError
from syncd.store import Database
from syncd.store.breaker import Breaker
from syncd.store.refusals import FIRST_REST, LONGEST_REST, Refusals, row_of
from syncd.store.tables import quotas

NAME = "jira"


class Process:
    """One process: its own connections to the database, its own breaker."""

    def __init__(self, url: str, credentials: str = "a1b2c3") -> None:
        self.database = Database(url)
        self.now = 0.0
        self.naps = 0
        self.during_nap = lambda: None
        self.breaker = Breaker(
            Refusals(self.database), NAME, credentials, sleep=self._nap, clock=lambda: self.now
        )  # fmt: skip
        self.calls = 0

    def call(self, raises: BaseException | None = None) -> None:
        with self.breaker():
            self.calls += 1
            if raises is not None:
                raise raises

    def refused(self) -> AuthError:
        """A call that is made, and refused."""
        with pytest.raises(AuthError) as caught:
            self.call(AuthError("does not accept the credentials", system=NAME, status=401))
        return caught.value

    def closed(self) -> AuthError:
        """A call that is not made."""
        before = self.calls
        with pytest.raises(AuthError, match="is not asked") as caught:
            self.call()
        assert self.calls == before
        return caught.value

    def _nap(self, seconds: float) -> None:
        self.naps += 1
        self.during_nap()


@pytest.fixture
def processes(database_url: str, database: Database) -> Iterator[list[Process]]:
    made = [Process(database_url) for _ in range(3)]
    yield made
    for process in made:
        process.database.close()


def time_passes(database: Database, seconds: float) -> None:
    """For the rows: what was written so long ago is written as if it had been earlier."""
    with database.write() as connection:
        earlier = case((quotas.c.arrives_at > 0, quotas.c.arrives_at - seconds), else_=quotas.c.arrives_at)
        connection.execute(update(quotas).values(arrives_at=earlier, opens_at=quotas.c.opens_at - seconds))


class TestARefusal:
    def test_closes_the_connection_for_every_process(self, processes: list[Process]) -> None:
        first, second, third = processes
        second.call()
        first.refused()
        second.now = 1.1  # a process to which all was well looks once a second
        for process in processes:
            process.closed()
        assert (first.calls, second.calls, third.calls) == (1, 1, 0)

    def test_says_until_when_and_what_to_do(self, processes: list[Process]) -> None:
        made, spared = processes[0].refused(), processes[0].closed()
        for error in (made, spared):
            assert "nothing is sent until" in str(error)
            assert "Correct the credentials, and restart" in str(error)
            assert error.retry_after == pytest.approx(FIRST_REST, abs=2)
        assert "does not accept the credentials" in str(spared)

    def test_the_words_stay_the_same_while_it_rests(self, processes: list[Process]) -> None:
        """Else the log would say it anew at every tick."""
        processes[0].refused()
        assert str(processes[1].closed()) == str(processes[1].closed())

    def test_the_rest_grows_while_it_lasts_up_to_a_quarter_of_an_hour(
        self, database: Database, processes: list[Process]
    ) -> None:
        rests = []
        for _ in range(6):
            rest = processes[0].refused().retry_after or 0.0
            rests.append(round(rest))
            time_passes(database, rest + 0.01)
        assert rests == pytest.approx([60, 120, 360, LONGEST_REST, LONGEST_REST, LONGEST_REST], abs=3)

    def test_of_several_calls_under_way_counts_once(self, database: Database, processes: list[Process]) -> None:
        """They had been let in before the first was refused."""
        gates = [processes[0].breaker() for _ in range(3)]
        processes[0].call()
        for gate in gates:
            gate.__enter__()
        for gate in gates:
            error = AuthError("does not accept the credentials", system=NAME, status=401)
            assert gate.__exit__(AuthError, error, None) is False
            assert error.retry_after == pytest.approx(FIRST_REST, abs=2)

    def test_that_was_believed_is_none(self, processes: list[Process]) -> None:
        """A closed API, a proxy: the account is in no danger."""
        for _ in range(3):
            with pytest.raises(AuthError):
                processes[0].call(AuthError("closes this API to this user", system=NAME, status=403, believed=True))
        processes[1].call()
        assert processes[0].calls == 3


def all_refused_at_once(processes: list[Process]) -> None:
    """Each in a thread of its own; each is refused, or not asked."""
    ready = threading.Barrier(len(processes))

    def work(process: Process) -> None:
        ready.wait(5)
        with pytest.raises(AuthError):
            process.call(AuthError("does not accept the credentials", system=NAME, status=401))

    threads = [threading.Thread(target=work, args=(process,)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_a_process_that_has_just_started_one_call_goes_first(database_url: str, processes: list[Process]) -> None:
    """The credentials were good yesterday; three mappings that poll at once would be three failures."""
    processes[0].call()
    restarted = Process(database_url)
    all_refused_at_once([restarted] * 3)
    assert restarted.calls == 1
    restarted.database.close()


class TestAfterTheRest:
    def test_one_process_tries_and_the_others_wait(self, database: Database, processes: list[Process]) -> None:
        first, second, third = processes
        first.refused()
        time_passes(database, FIRST_REST)
        with second.breaker():
            first.closed()
            third.closed()
        third.call()
        first.call()

    def test_many_processes_at_once_make_one_call(self, database: Database, processes: list[Process]) -> None:
        processes[0].refused()
        time_passes(database, FIRST_REST)
        all_refused_at_once(processes)
        assert sum(process.calls for process in processes) == 2, "the first refusal, and one more try"

    def test_a_success_opens_it_and_the_next_refusal_begins_anew(
        self, database: Database, processes: list[Process]
    ) -> None:
        processes[0].refused()
        time_passes(database, 10 * FIRST_REST)
        processes[1].call()
        processes[0].call()
        assert processes[0].refused().retry_after == pytest.approx(FIRST_REST, abs=2)

    def test_a_no_to_somebody_who_was_let_in_opens_it_too(self, database: Database, processes: list[Process]) -> None:
        processes[0].refused()
        time_passes(database, FIRST_REST)
        with pytest.raises(RejectedError):
            processes[1].call(RejectedError("refuses the request", system=NAME, status=400))
        processes[0].call()

    @pytest.mark.parametrize("error", [UnavailableError("x", system=NAME), ThrottledError("x", system=NAME)])
    def test_a_try_that_came_to_nothing_lets_the_next_one_try(
        self, error: UnavailableError, database: Database, processes: list[Process]
    ) -> None:
        processes[0].refused()
        time_passes(database, FIRST_REST)
        with pytest.raises(UnavailableError):
            processes[1].call(error)
        processes[2].refused()
        assert processes[0].closed().retry_after == pytest.approx(2 * FIRST_REST, abs=3), "and it was refused as before"

    def test_one_that_was_killed_while_it_tried_is_not_waited_for_without_end(
        self, database: Database, processes: list[Process]
    ) -> None:
        processes[0].refused()
        time_passes(database, FIRST_REST)
        assert Refusals(database).take_trial(f"{NAME}: refused a1b2c3") is None  # and it is never heard of again
        processes[1].closed()
        time_passes(database, 120)
        processes[1].call()


class TestCredentialsThatNobodyTriedYet:
    def test_are_tried_by_one_call_of_all_processes(self, processes: list[Process]) -> None:
        """Three replicas that start with a wrong password would otherwise bring the CAPTCHA at once."""
        first, second, _ = processes
        gate = first.breaker()
        gate.__enter__()
        error = AuthError("does not accept the credentials", system=NAME, status=401)
        second.during_nap = lambda: gate.__exit__(AuthError, error, None)
        second.closed()
        assert second.naps == 1

    def test_the_others_go_on_when_they_are_good(self, processes: list[Process]) -> None:
        first, second, _ = processes
        gate = first.breaker()
        gate.__enter__()
        second.during_nap = lambda: gate.__exit__(None, None, None)
        second.call()
        assert second.naps == 1

    def test_who_waits_too_long_gives_its_work_back(self, processes: list[Process]) -> None:
        with processes[0].breaker(), pytest.raises(UnavailableError, match="being tried by another call"):
            processes[1].call()
        assert processes[1].calls == 0

    def test_other_ones_are_tried_at_once(self, database_url: str, processes: list[Process]) -> None:
        processes[0].refused()
        restarted = Process(database_url, credentials="d4e5f6")
        restarted.call()
        processes[0].closed()
        restarted.database.close()

    def test_the_same_ones_after_a_restart_are_not(self, database_url: str, processes: list[Process]) -> None:
        processes[0].refused()
        restarted = Process(database_url)
        restarted.closed()
        restarted.database.close()


def test_somebody_may_say_that_it_is_mended(database: Database, processes: list[Process]) -> None:
    processes[0].refused()
    Refusals(database).forget(row_of(NAME, "d4e5f6"))  # other credentials
    processes[1].closed()
    Refusals(database).forget(row_of(NAME, "a1b2c3"))
    processes[1].call()
