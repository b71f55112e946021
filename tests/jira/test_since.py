"""Moments in queries: never too late, whatever the zone, and found out to be understood before they are relied on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.ports import Stub
from syncd.errors import RejectedError
from syncd.jira.listing import Astray, Continuation, Hits
from syncd.jira.since import Since, epoch, local, relative, understood

NOW = datetime(2024, 10, 27, 12, 34, 56, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC", "Pacific/Apia")
LITERAL = re.compile(r'updated >= "(\d{4}-\d\d-\d\d \d\d:\d\d)"')
PERIOD = re.compile(r'updated >= "(-?\d+)m"')


def test_epoch_is_exact_and_knows_no_zone() -> None:
    noon = datetime(2024, 5, 1, 14, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    assert epoch(noon, NOW) == "updated >= 1714564800000"


@pytest.mark.parametrize(
    ("moment", "literal"),
    [
        pytest.param(datetime(2024, 5, 1, 12, 0, tzinfo=UTC), "2024-05-01 14:00", id="summer"),
        pytest.param(datetime(2024, 12, 1, 12, 0, 59, tzinfo=UTC), "2024-12-01 13:00", id="winter, floored"),
        pytest.param(datetime(2024, 10, 27, 0, 30, tzinfo=UTC), "2024-10-27 01:30", id="02:30 for the first time"),
        pytest.param(datetime(2024, 10, 27, 1, 30, tzinfo=UTC), "2024-10-27 01:30", id="02:30 for the second time"),
        pytest.param(datetime(2024, 10, 27, 2, 30, tzinfo=UTC), "2024-10-27 03:30", id="after it"),
        pytest.param(datetime(2024, 3, 31, 0, 59, tzinfo=UTC), "2024-03-31 01:59", id="before spring"),
        pytest.param(datetime(2024, 3, 31, 1, 0, tzinfo=UTC), "2024-03-31 03:00", id="in spring"),
    ],
)
def test_local_names_the_minute_as_the_profile_would(moment: datetime, literal: str) -> None:
    assert local("Europe/Berlin")(moment, NOW) == f'updated >= "{literal}"'


@given(st.datetimes(datetime(2015, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.sampled_from(ZONES))
def test_local_is_never_later_than_asked_for_however_jira_reads_a_doubled_hour(moment: datetime, zone: str) -> None:
    found = LITERAL.fullmatch(local(zone)(moment, NOW))
    assert found
    read = datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=ZoneInfo(zone))
    for fold in (0, 1):
        meant = read.replace(fold=fold).astimezone(UTC)
        assert moment - timedelta(hours=2, minutes=1) <= meant <= moment


@given(st.timedeltas(timedelta(days=-400), timedelta(days=400)), st.integers(0, 590))
def test_relative_is_never_later_than_asked_for_even_if_jira_reads_it_late(age: timedelta, delay: int) -> None:
    start = NOW - age
    found = PERIOD.fullmatch(relative(start, NOW))
    assert found
    read = NOW + timedelta(seconds=delay) + timedelta(minutes=int(found[1]))
    assert start - timedelta(minutes=11) <= read <= start


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd"])
def test_a_zone_nobody_knows_is_not_guessed(zone: str) -> None:
    with pytest.raises(Astray, match="unknown here"):
        local(zone)


BERLIN = local("Europe/Berlin")
WAYS = (epoch, BERLIN, relative)
FOUND, NOTHING = Hits((Stub("1", "OPS-1", NOW),)), Hits(())


def jira(reads: Callable[[str], bool], *, refuses: bool = False, hits: bool = True) -> Callable[..., Hits]:
    """One old issue in a Jira that understands some clauses, and finds nothing by the others or refuses them."""

    def search(jql: str, continuation: Continuation | None) -> Hits:
        clause = jql.partition(" AND ")[2].partition(" ORDER")[0]
        if not hits:
            return NOTHING
        if not clause:
            return FOUND
        if reads(clause):
            ahead = re.search(r'"\d+m"|2024-1\d-3|1730\d{9}', clause)
            return NOTHING if ahead else FOUND
        if refuses:
            raise RejectedError("no such date", system="jira")
        return NOTHING

    return search


@pytest.mark.parametrize("refuses", [False, True], ids=["finds nothing", "refuses"])
@pytest.mark.parametrize(
    ("reads", "way"),
    [
        pytest.param(lambda clause: True, epoch, id="understands all"),
        pytest.param(lambda clause: '"' in clause, BERLIN, id="only literals"),
        pytest.param(lambda clause: 'm"' in clause, relative, id="only periods"),
    ],
)
def test_the_best_way_that_jira_understands_is_taken(reads: Callable[[str], bool], way: Since, refuses: bool) -> None:
    assert understood(jira(reads, refuses=refuses), "project = OPS", WAYS, NOW) == (way, True)


def test_a_way_that_finds_something_in_the_future_is_not_understood() -> None:
    def search(jql: str, continuation: Continuation | None) -> Hits:
        return FOUND if re.search(r"updated >= \d", jql) else jira(lambda clause: True)(jql, continuation)

    assert understood(search, "project = OPS", WAYS, NOW) == (BERLIN, True)


def test_a_query_that_finds_nothing_at_all_leaves_the_question_open() -> None:
    assert understood(jira(lambda clause: True, hits=False), "project = OPS", WAYS, NOW) == (epoch, False)


def test_a_jira_that_understands_nothing_is_not_polled() -> None:
    with pytest.raises(Astray, match="no way"):
        understood(jira(lambda clause: False), "project = OPS", WAYS, NOW)


def test_a_query_that_is_refused_by_itself_is_the_users_mistake() -> None:
    def search(jql: str, continuation: Continuation | None) -> Hits:
        raise RejectedError("Error in the JQL Query", system="jira")

    with pytest.raises(RejectedError, match="Error in the JQL"):
        understood(search, "project = ", WAYS, NOW)
