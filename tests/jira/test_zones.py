"""Whatever the offset of the profile's zone and whatever its clocks do that day, no change is missed.

The clause is judged by reading it as Jira would: a minute in that zone, either of the two where it comes twice.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import UnreadableError
from syncd.jira import JiraSource
from syncd.jira.jql import ordered
from syncd.jira.since import local
from syncd.jira.times import in_utc, moment
from tests.jira.sandbox import FLAVOURS, Site, site

MINUTE = timedelta(minutes=1)
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith(("posix", "right")))
TURNING = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham")
"""Zones whose clocks are turned: by an hour or by half of one, from whole and from odd offsets."""


def meant(clause: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The two moments that Jira may read in a clause; mostly they are one."""
    found = re.fullmatch(r'updated >= "(\d{4}-\d\d-\d\d \d\d:\d\d)"', clause)
    assert found, clause
    read = datetime.strptime(found[1], "%Y-%m-%d %H:%M").replace(tzinfo=zone)
    first, second = (read.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def turns(zone: ZoneInfo) -> Iterator[datetime]:
    """The hours of 2026 in which the offset of a zone changes."""
    hours = [YEAR + timedelta(hours=n) for n in range(365 * 24)]
    for before, after in itertools.pairwise(hours):
        if before.astimezone(zone).utcoffset() != after.astimezone(zone).utcoffset():
            yield before


def test_in_no_zone_on_earth_is_a_literal_later_than_what_it_stands_for() -> None:
    assert len(ZONES) > 300
    for zone in ZONES:
        place = ZoneInfo(zone)
        for month in range(12):
            start = YEAR + timedelta(days=30 * month, hours=month, minutes=7 * month, seconds=59)
            read = meant(local(zone)(start, start), place)
            assert start - timedelta(hours=3) <= min(read) <= max(read) <= start, zone


@pytest.mark.parametrize("zone", TURNING)
def test_nor_in_any_minute_around_the_hours_in_which_clocks_are_turned(zone: str) -> None:
    place = ZoneInfo(zone)
    clause = local(zone)
    hours = list(turns(place))
    assert len(hours) == 2
    for hour in hours:
        for minutes in range(-150, 151):
            start = hour + minutes * MINUTE
            assert all(start - timedelta(hours=2) <= read <= start for read in meant(clause(start, start), place))


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_a_moment_is_the_same_in_every_offset_that_jira_may_write_it_in(when: datetime, offset: timezone) -> None:
    there = when.astimezone(offset)
    written = f"{there:%Y-%m-%dT%H:%M:%S}.{there.microsecond // 1000:03d}{there:%z}"
    exact = when.replace(microsecond=when.microsecond // 1000 * 1000)
    assert moment(written) == exact
    assert in_utc(written) == f"{exact:%Y-%m-%dT%H:%M:%S}.{exact.microsecond // 1000:03d}+0000"


# ---- through the sandbox, whose Jira reads and writes times as Jira does


def polled(held: Site, source: JiraSource, cursor: datetime | None) -> tuple[set[tuple[str, datetime]], datetime]:
    """What one poll finds, and where the next one begins."""
    clock = source.prove()
    begin = None if cursor is None else cursor - source.overlap
    pages = list(source.changed_since("project = OPS", begin))
    reached = [page.reached for page in pages if page.reached is not None]
    found = {(stub.id, stub.updated) for page in pages for stub in page.stubs}
    return found, max([cursor or clock, *reached]) if reached else cursor or clock


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("way", ["epoch", "local", "relative"])
@pytest.mark.parametrize(
    ("zone", "night"),
    [
        pytest.param("Europe/Berlin", datetime(2026, 10, 24, 22, 30, tzinfo=UTC), id="autumn in Berlin"),
        pytest.param("Europe/Berlin", datetime(2026, 3, 28, 22, 30, tzinfo=UTC), id="spring in Berlin"),
        pytest.param("Australia/Lord_Howe", datetime(2026, 4, 4, 13, 30, tzinfo=UTC), id="half an hour, autumn"),
        pytest.param("Pacific/Chatham", datetime(2026, 9, 26, 12, 30, tzinfo=UTC), id="odd offset, spring"),
    ],
)
def test_through_the_night_in_which_clocks_are_turned_nothing_is_missed(
    flavour: str, way: Any, zone: str, night: datetime
) -> None:
    with site(flavour, issues=5, time_zone=zone) as held:
        held.sandbox.clock.freeze(night)
        source = JiraSource(held.client, way=way)
        _, cursor = polled(held, source, None)
        for number in range(24):  # four hours
            held.sandbox.clock.advance(600)
            issue = held.sandbox.act.edit(f"OPS-{number % 5 + 1}", {"summary": f"night {number}"})
            found, cursor = polled(held, source, cursor)
            assert (str(issue.id), issue.updated) in found
            assert cursor <= held.sandbox.clock.now()


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("way", ["epoch", "local", "relative"])
def test_a_profile_that_moves_around_the_world_between_polls_hides_nothing(flavour: str, way: Any) -> None:
    with site(flavour, issues=5) as held:
        source = JiraSource(held.client, way=way)
        _, cursor = polled(held, source, None)
        for number, zone in enumerate(["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "UTC"]):
            held.sandbox.act.set_time_zone(zone)
            held.sandbox.clock.advance(60)
            issue = held.sandbox.act.edit("OPS-3", {"summary": f"from {zone} {number}"})
            found, cursor = polled(held, source, cursor)
            assert (str(issue.id), issue.updated) in found


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize("skew", [-600.0, 600.0], ids=["behind", "ahead"])
def test_a_jira_whose_clock_is_ten_minutes_off_is_polled_by_its_own_clock(flavour: str, skew: float) -> None:
    with site(flavour, issues=5, clock_skew=skew) as held:
        _, cursor = polled(held, held.source, None)
        for number in range(3):
            held.sandbox.clock.advance(120)
            issue = held.sandbox.act.edit("OPS-2", {"summary": f"edit {number}"})
            found, cursor = polled(held, held.source, cursor)
            assert (str(issue.id), issue.updated) in found
            assert cursor <= held.sandbox.clock.now()


def test_the_query_names_no_upper_bound() -> None:
    """An issue touched while we page must come now or next time, never between (jira facts 2.11)."""
    assert "<" not in ordered("project = OPS", local("UTC")(YEAR, YEAR))


# ---- a Jira that does not understand every way


@pytest.mark.parametrize("flavour", FLAVOURS)
@pytest.mark.parametrize(
    ("forms", "clause"),
    [
        pytest.param(["epoch", "local", "relative"], r"updated >= \d{13}", id="all"),
        pytest.param(["local", "relative"], r'updated >= "\d{4}-\d\d-\d\d \d\d:\d\d"', id="no milliseconds"),
        pytest.param(["relative"], r'updated >= "-\d+m"', id="only periods"),
    ],
)
def test_it_is_found_out_which_way_to_ask_is_understood(flavour: str, forms: list[str], clause: str) -> None:
    with site(flavour, issues=5) as held:
        held.sandbox.set(date_forms=forms)
        _, cursor = polled(held, held.source, None)
        found, cursor = polled(held, held.source, cursor)
        held.sandbox.clock.advance(60)
        issue = held.sandbox.act.edit("OPS-4", {"summary": "edited"})
        found, _ = polled(held, held.source, cursor)
        assert (str(issue.id), issue.updated) in found
        asking = held.source._asking.for_changes("project = OPS")
        assert re.search(clause, asking(held.sandbox.clock.now()))


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_jira_that_understands_none_is_an_error_and_not_an_empty_project(flavour: str) -> None:
    with site(flavour, issues=5) as held:
        held.sandbox.set(date_forms=[])
        held.source.prove()
        with pytest.raises(UnreadableError, match="cannot be listed"):
            held.listed(since=held.sandbox.clock.now() - timedelta(days=1))
