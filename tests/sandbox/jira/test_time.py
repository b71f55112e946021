"""What a time in a query means, and how times are shown (jira facts section 2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.sandbox.jira.conftest import Start
from tests.sandbox.jira.talk import Talk

AT = datetime(2026, 1, 2, 10, 5, 30, 250_000, tzinfo=UTC)
"""When the one issue of these tests was updated: 11:05:30.25 in Berlin."""


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, start: Start) -> Talk:
    talk = start(request.param)
    for key in talk.keys("project = OPS"):
        talk.act.delete(key)
    talk.sandbox.clock.freeze(AT)
    talk.act.create(summary="the one")
    talk.sandbox.clock.advance(600)
    return talk


def found(talk: Talk, jql: str) -> bool:
    return bool(talk.keys(f"project = OPS AND {jql}"))


@pytest.mark.parametrize(
    ("jql", "expected"),
    [
        ('updated >= "2026-01-02 11:05"', True),  # the caller lives in Berlin
        ('updated >= "2026-01-02 11:06"', False),
        ('updated >= "2026-01-02 10:05"', True),
        ('updated >= "2026/1/2 11:5"', True),
        ('updated >= "2026-01-02"', True),
        ('updated < "2026/01/02"', False),
        ('updated <= "2026-01-02 11:05"', False),  # up to 11:05:00 only
        ('updated <= "2026-01-02 11:06"', True),
        ('updated >= "-11m"', True),
        ("updated >= -9m", False),
        ("updated >= -10m", True),
        ('updated >= "-1w 2d"', True),
        ("created >= startOfDay()", True),
        ('created < startOfDay("+1d")', True),
        ("updated < now()", True),
    ],
)
def test_literals_are_minutes_of_the_callers_zone(site: Talk, jql: str, expected: bool) -> None:
    assert found(site, jql) is expected


def test_another_profile_zone_shifts_literals(site: Talk) -> None:
    site.act.set_time_zone("America/New_York")
    assert found(site, 'updated >= "2026-01-02 05:05"')
    assert not found(site, 'updated >= "2026-01-02 05:06"')


@pytest.mark.parametrize(
    "literal",
    [
        '"2026-01-02 11:05:00"',
        '"2026-01-02T11:05"',
        '"2026-01-02 11:05Z"',
        '"2026-02-30"',
        '"1767348330250"',
        "yesterday",
    ],
)
def test_other_forms_are_no_dates(site: Talk, literal: str) -> None:
    answer = site.find(f"updated >= {literal}")
    if site.cloud:
        assert (answer.status_code, answer.json()["issues"]) == (200, [])
    else:
        assert answer.status_code == 400
        assert "is invalid. Valid formats include" in answer.json()["errorMessages"][0]


def epoch(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    ("precision", "later", "expected"),
    [
        ("ms", timedelta(), True),
        ("ms", timedelta(milliseconds=1), False),
        ("second", timedelta(milliseconds=700), True),
        ("second", timedelta(milliseconds=750), False),
        ("minute", timedelta(seconds=29), True),
        ("minute", timedelta(seconds=30), False),
    ],
)
def test_bare_milliseconds_are_as_precise_as_the_index(
    site: Talk, precision: str, later: timedelta, expected: bool
) -> None:
    site.sandbox.set(index_precision=precision)
    assert found(site, f"updated >= {epoch(AT + later)}") is expected


def test_the_hour_that_comes_twice_is_the_first_one(site: Talk) -> None:
    """A literal cannot name the second 02:30 of the night the clocks go back; milliseconds can."""
    site.sandbox.clock.freeze(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))  # 02:30 for the second time
    issue = site.act.create(summary="in the second hour")
    assert site.keys('created >= "2026-10-25 02:30" AND created <= "2026-10-25 02:31"') == []
    assert site.keys(f"created >= {epoch(issue.created)}") == [issue.key]


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Berlin", "2026-01-02T11:05:30.250+0100"),
        ("Asia/Kolkata", "2026-01-02T15:35:30.250+0530"),
        ("America/Los_Angeles", "2026-01-02T02:05:30.250-0800"),
        ("Etc/UTC", "2026-01-02T10:05:30.250+0000"),
    ],
)
def test_times_are_shown_in_the_callers_offset(site: Talk, zone: str, shown: str) -> None:
    site.act.set_time_zone(zone)
    assert site.get("myself").json()["timeZone"] == zone
    assert site.issue("OPS-11")["fields"]["updated"] == shown


def test_the_offset_follows_daylight_saving(site: Talk) -> None:
    site.sandbox.clock.freeze(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))
    site.act.edit("OPS-11", {"summary": "in summer"})
    fields = site.issue("OPS-11")["fields"]
    assert (fields["created"][-5:], fields["updated"][-5:]) == ("+0100", "+0200")


def test_the_sites_clock_may_be_wrong(start: Start) -> None:
    talk = start("cloud", clock_skew=-600)
    answer = talk.get("serverInfo")
    behind = datetime.now(UTC) - datetime.fromisoformat(answer.json()["serverTime"])
    assert timedelta(seconds=590) < behind < timedelta(seconds=630)
    stamped = datetime.strptime(answer.headers["Date"], "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=ZoneInfo("UTC"))
    assert abs(datetime.now(UTC) - stamped - behind) < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("forms", "clause"),
    [
        (["local", "relative"], "updated >= 0"),
        (["epoch", "relative"], 'updated >= "2000-01-01 00:00"'),
        (["epoch", "local"], 'updated >= "-9999d"'),
    ],
)
def test_a_site_may_not_know_every_form_of_a_date(start: Start, forms: list[str], clause: str) -> None:
    for flavour, status in (("cloud", 200), ("datacenter", 400)):
        talk = start(flavour)
        assert len(talk.find(f"project = OPS AND {clause}").json()["issues"]) == 10
        talk.sandbox.set(date_forms=forms)
        answer = talk.find(f"project = OPS AND {clause}")
        assert answer.status_code == status
        assert not answer.json().get("issues")
