"""A wrong password costs one call, however many ask and from how many processes; so no CAPTCHA comes of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import update

from syncd.core.lifecycle import Sight
from syncd.errors import AuthError, SyncdError, ThrottledError
from syncd.jira import Basic, JiraClient, JiraSource
from syncd.sandbox.jira import JiraSandbox, generate_issues
from syncd.sandbox.serve import Server
from syncd.store import Database
from syncd.store.tables import quotas
from tests.jira.sandbox import LIMITS
from tests.jira.ways import Process

WRONG = {"type": "basic", "username": "svc_syncd", "password": "last-years"}
RIGHT = {**WRONG, "password": "jira-password"}


@pytest.fixture
def jira() -> Iterator[tuple[JiraSandbox, str]]:
    sandbox = JiraSandbox(flavour="datacenter", issues=[], captcha_after=3)
    with Server(sandbox.app) as server:
        yield sandbox, server.url


@contextmanager
def processes(database_url: str, number: int) -> Iterator[list[Process]]:
    made = [Process(database_url) for _ in range(number)]
    yield made
    for process in made:
        process.close()


def failures(calls: list[Callable[[], Any]]) -> list[SyncdError]:
    """What came of calls that are made at the same time."""
    ready, failed = threading.Barrier(len(calls)), []

    def work(call: Callable[[], Any]) -> None:
        ready.wait(5)
        try:
            call()
        except SyncdError as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_without_a_breaker_a_few_polls_bring_the_captcha(jira: tuple[JiraSandbox, str]) -> None:
    sandbox, url = jira
    client = JiraClient(url, Basic("svc_syncd", "last-years"), limits=LIMITS)
    for _ in range(3):
        with pytest.raises(AuthError, match="answers as to a stranger"):
            JiraSource(client).prove()
    with pytest.raises(AuthError, match="asks for a CAPTCHA"):
        JiraSource(client).prove()
    client.close()
    assert len(sandbox.requests) == 4


def test_six_mappings_of_two_processes_make_one_call(
    database_url: str, database: Database, jira: tuple[JiraSandbox, str]
) -> None:
    sandbox, url = jira
    with processes(database_url, 3) as (first, second, mended):
        sources = [process.source(url=url, auth=WRONG) for process in (first, second) for _ in range(3)]
        for _ in range(5):
            failed = failures([source.prove for source in sources])
            assert len(failed) == 6
            assert all(isinstance(error, AuthError) for error in failed)
        assert len(sandbox.requests) == 1
        mended.source(url=url, auth=RIGHT).prove()
        assert [request.status for request in sandbox.requests] == [401, 200, 200]


def test_a_password_that_dies_mid_run_is_tried_once_by_each_call_under_way(
    database_url: str, database: Database, jira: tuple[JiraSandbox, str]
) -> None:
    sandbox, url = jira
    with processes(database_url, 2) as both:
        sources = [process.source(url=url, auth=RIGHT) for process in both]
        for source in sources:
            source.prove()
        sandbox.revoke()
        before = len(sandbox.requests)
        for _ in range(5):
            failures([sources[0].prove])
        failures([sources[1].prove])
        # The second process had seen within the last second that all was well.
        assert len(sandbox.requests) - before <= 2


def test_after_the_rest_one_process_asks_and_all_go_on(
    database_url: str, database: Database, jira: tuple[JiraSandbox, str]
) -> None:
    sandbox, url = jira
    with processes(database_url, 2) as both:
        sources = [process.source(url=url, auth=RIGHT) for process in both]
        for source in sources:
            source.prove()
        sandbox.revoke()
        failures([sources[0].prove])
        sandbox.restore()
        assert isinstance(failures([sources[0].prove])[0], AuthError)
        with database.write() as connection:
            connection.execute(update(quotas).values(opens_at=0.0))  # a minute has gone by
        assert failures([source.prove for source in sources]) == []


@pytest.mark.parametrize("status", [401, 403, 404])
def test_one_issue_that_jira_does_not_show_closes_nothing(status: int, database_url: str, database: Database) -> None:
    """Data Center may say 401 of a single issue (jira facts 4.4)."""
    sandbox = JiraSandbox(flavour="datacenter", issues=list(generate_issues(3, seed=1)), hidden_status=status)
    first, *others = [str(issue.id) for issue in sandbox.site.world.issues.values()]
    keys = {str(issue.id): issue.key for issue in sandbox.site.world.issues.values()}
    sandbox.act.restrict(first)
    with Server(sandbox.app) as server, processes(database_url, 2) as (process, other):
        source = process.source(url=server.url, auth=RIGHT)
        assert source.fetch([first], ()).missing == (first,), "also as the first question of a process"
        fetched = source.fetch([first, *others], ())
        assert sorted(issue.id for issue in fetched.issues) == sorted(others)
        assert fetched.missing == (first,)
        assert source.whereabouts("project = OPS", keys)[first].sight in (Sight.HIDDEN, Sight.DELETED)
        assert failures([source.prove, other.source(url=server.url, auth=RIGHT).prove]) == []


def test_the_rest_is_as_long_as_the_settings_say(
    database_url: str, jira: tuple[JiraSandbox, str], database: Database
) -> None:
    _, url = jira
    with processes(database_url, 1) as (process,):
        limits = {"refused_rest": "5m"}
        (error,) = failures([process.source(url=url, auth=WRONG, limits=limits).prove])
        assert isinstance(error, AuthError)
        assert error.retry_after == pytest.approx(300, abs=2)


def test_what_the_database_keeps_does_not_tell_the_password(
    database_url: str, database: Database, jira: tuple[JiraSandbox, str]
) -> None:
    _, url = jira
    with processes(database_url, 1) as (process,):
        failures([process.source(url=url, auth=WRONG).prove])
    with database.read() as connection:
        names = [row.name for row in connection.execute(quotas.select())]
    (name,) = [name for name in names if "refused" in name]
    assert len(name.removeprefix("jira: refused ")) == 6


class TestABudget:
    def test_is_kept_by_all_processes_together(
        self, database_url: str, database: Database, jira: tuple[JiraSandbox, str]
    ) -> None:
        sandbox, url = jira
        with processes(database_url, 2) as both:
            limits = {"requests_per_hour": 20}
            sources = [process.source(url=url, auth=RIGHT, limits=limits) for process in both]
            for source in sources * 10:
                failed = failures([source.prove])
            assert isinstance(failed[0], ThrottledError)
            assert "20 calls per hour are used up" in str(failed[0])
            assert len(sandbox.requests) == 10

    def test_leaves_a_part_to_the_polls(
        self, database_url: str, database: Database, jira: tuple[JiraSandbox, str]
    ) -> None:
        """A backfill fetches as long as it may; whether something changed is still asked."""
        _, url = jira
        with processes(database_url, 1) as (process,):
            source = process.source(url=url, auth=RIGHT, limits={"requests_per_hour": 20})
            source.prove()
            spent = 0
            while not failures([lambda: source.fetch(["10001"], ())]):
                spent += 1
            assert spent >= 3
            assert failures([source.prove]) == []
            assert failures([source.prove]) == []
            assert isinstance(failures([source.prove])[0], ThrottledError), "what was left is used up, too"
