"""Safeguards that other suites miss at once, and how each is taken away; made known to pytest as a plugin.

`pytest -p tests.simulation.elsewhere --without one_bad_issue_stops_the_others tests/engine/test_line.py` must fail.
Some of them no history can miss; others are among `safeguards.SAFEGUARDS`, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from syncd.core.lifecycle import Sight
from syncd.core.ports import Whereabouts
from syncd.engine.work import Worker
from syncd.http import wishes
from syncd.store.quotas import Quotas
from tests.engine.world import FakeJira
from tests.simulation import safeguards


def one_bad_issue_stops_the_others(patch):
    def stops(self, work, this, error):
        raise error

    patch.setattr(Worker, "_end", stops)


def an_answer_is_believed_of_a_token_that_is_dead(patch):
    patch.setattr(FakeJira, "prove", lambda jira: jira.now + timedelta(minutes=1))


def a_census_without_an_issue_counts_it_as_gone(patch):
    patch.setattr(
        FakeJira, "whereabouts", lambda jira, query, issues: dict.fromkeys(issues, Whereabouts(Sight.DELETED))
    )


def each_replica_counts_calls_for_itself(patch):
    begin, grant = Quotas.begin, Quotas.grant

    def own(self, name):
        return f"{name}, {id(self)}"

    def granted(self, name, *args, **more):
        begin(self, own(self, name))
        return grant(self, own(self, name), *args, **more)

    patch.setattr(Quotas, "grant", granted)


def what_an_instance_asks_to_wait_for_is_not_waited_for(patch):
    patch.setattr(wishes, "retry_after", lambda headers, now=None: None)


@dataclass(frozen=True)
class Elsewhere:
    """`law` is its number in the design; `noticed_by` the file of tests that must fail."""

    law: str
    removed: Callable[..., None]
    noticed_by: str

    def __str__(self) -> str:
        return self.removed.__name__


ELSEWHERE = [
    Elsewhere("5", safeguards.a_listing_begins_at_the_cursor, "tests/engine/test_rounds.py"),
    Elsewhere("5", safeguards.the_same_second_is_believed, "tests/store/test_queue.py"),
    Elsewhere("5", safeguards.a_node_that_is_behind_is_believed, "tests/engine/test_rounds.py"),
    Elsewhere("5", safeguards.a_change_during_the_work_is_forgotten, "tests/store/test_queue.py"),
    Elsewhere("6", one_bad_issue_stops_the_others, "tests/engine/test_line.py"),
    Elsewhere("7", an_answer_is_believed_of_a_token_that_is_dead, "tests/engine/test_line.py"),
    Elsewhere("7", a_census_without_an_issue_counts_it_as_gone, "tests/engine/test_lifecycle.py"),
    Elsewhere("10", each_replica_counts_calls_for_itself, "tests/store/test_quotas.py"),
    Elsewhere("10", what_an_instance_asks_to_wait_for_is_not_waited_for, "tests/test_http.py"),
    Elsewhere("11", safeguards.the_fingerprint_outlives_the_first_write, "tests/engine/test_doubts.py"),
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--without", choices=[str(one) for one in ELSEWHERE], help="take this safeguard away")


def pytest_configure(config: pytest.Config) -> None:
    for one in ELSEWHERE:
        if str(one) == config.getoption("--without"):
            one.removed(pytest.MonkeyPatch())
