"""Where issues went, asked of both flavours: what Jira hides, what its index invents, and what the asking costs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.core.lifecycle import Sight
from syncd.errors import AuthError, UnreadableError
from syncd.jira import JiraSource
from tests.jira.sandbox import FLAVOURS, Site, site

HOUR = 3600.0


@pytest.fixture(params=FLAVOURS)
def jira(request: pytest.FixtureRequest) -> Iterator[Site]:
    with site(request.param, issues=6) as held:
        held.source.prove()
        yield held


@pytest.fixture
def server() -> Iterator[Site]:
    with site("datacenter", issues=6) as held:
        held.source.prove()
        yield held


KEYS: dict[str, str] = {}
"""The issues of the present test by id, with the keys that they had."""


def remembered(jira: Site) -> list[str]:
    """The ids of all issues, whose present keys are remembered, and none of which changed lately."""
    KEYS.clear()
    KEYS.update({str(issue.id): issue.key for issue in jira.sandbox.site.world.issues.values()})
    jira.sandbox.clock.advance(HOUR)
    jira.source.prove()
    return list(KEYS)


def sights(jira: Site, query: str = "project = OPS", only: str | None = None) -> dict[str, Sight]:
    asked = {id: key for id, key in KEYS.items() if only in (None, id)}
    return {id: found.sight for id, found in jira.source.whereabouts(query, asked).items()}


def test_issues_of_a_project_in_the_trash_are_deleted(jira: Site) -> None:
    remembered(jira)
    jira.sandbox.act.set_project_state("OPS", "deleted")
    expected = Sight.DELETED if jira.client.server.cloud else Sight.HIDDEN  # only Cloud has a trash to look into
    assert set(sights(jira, "created >= 0").values()) == {expected}


def test_issues_of_an_archived_project_are_archived(jira: Site) -> None:
    remembered(jira)
    jira.sandbox.act.set_project_state("OPS", "archived")
    assert set(sights(jira, "created >= 0").values()) == {Sight.ARCHIVED}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_data_center_may_say_forbidden_of_one_issue_and_that_is_not_about_us(server: Site, status: int) -> None:
    first, *others = remembered(server)
    server.sandbox.set(hidden_status=status)
    server.sandbox.act.restrict(first)
    found = sights(server)
    assert found.pop(first) is (Sight.DELETED if status == 404 else Sight.HIDDEN)
    assert set(found.values()) == {Sight.HERE}
    assert len(found) == len(others)


def test_an_index_that_flickers_sends_nobody_away(jira: Site) -> None:
    remembered(jira)
    jira.sandbox.set(flicker=0.1)
    for _ in range(10):
        assert set(sights(jira).values()) == {Sight.HERE}


def test_an_index_that_lags_sends_nobody_away(jira: Site) -> None:
    first, *_ = remembered(jira)
    jira.sandbox.act.edit(first, {"labels": ["out"]})
    jira.sandbox.clock.advance(HOUR)
    jira.source.prove()
    query = 'project = OPS AND (labels is EMPTY OR labels != "out")'
    assert sights(jira, query, first) == {first: Sight.LEFT}
    jira.sandbox.set(index_lag=600.0)
    jira.sandbox.act.edit(first, {"labels": []})
    assert sights(jira, query, first)[first] in (Sight.HERE, Sight.UNSETTLED)


def test_a_query_that_is_refused_sends_nobody_away(jira: Site) -> None:
    remembered(jira)
    assert set(sights(jira, "project = NOWHERE").values()) == {Sight.UNSETTLED}


def test_an_issue_that_was_moved_where_it_cannot_be_seen_is_not_there(jira: Site) -> None:
    first, *_ = remembered(jira)
    jira.sandbox.act.move(first, "SECRET")
    jira.sandbox.act.deny("browse", "SECRET")
    assert sights(jira)[first] is Sight.DELETED


def test_a_stranger_learns_nothing(jira: Site) -> None:
    remembered(jira)
    jira.sandbox.revoke()
    with pytest.raises(AuthError):
        sights(jira)


def test_a_missing_issue_costs_one_call_and_its_project_one(jira: Site) -> None:
    gone = remembered(jira)
    for issue in gone:
        jira.sandbox.act.delete(issue)
    jira.made()
    sights(jira)
    assert jira.made() == ["fetch"] * len(gone) + ["project"]


@pytest.mark.parametrize(("flavour", "pages"), [("cloud", 1), ("datacenter", 3)])
def test_a_census_costs_one_call_for_each_page_of_ids(flavour: str, pages: int) -> None:
    with site(flavour, issues=250, views_max=100) as jira:
        jira.source.prove()
        list(jira.source.all_ids("project = OPS"))
        jira.made()
        counted = [issue for page in jira.source.all_ids("project = OPS") for issue in page]
        assert jira.made() == ["search"] * pages
        assert len(counted) == len(set(counted)) == 250


@pytest.mark.parametrize("trouble", [{"short_pages": 0.5}, {"lying_is_last": True}, {"last_token": "null"}])
def test_a_census_comes_to_its_end_on_an_odd_cloud(trouble: dict[str, object]) -> None:
    with site("cloud", issues=120, page_cap=20, **trouble) as jira:
        assert sum(len(page) for page in jira.source.all_ids("project = OPS")) == 120


def test_a_census_that_goes_round_in_circles_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncd.jira.whereabouts.CLOUD_PAGE", 20)
    with site("cloud", issues=120, repeat_token=True) as jira, pytest.raises(UnreadableError):
        list(jira.source.all_ids("project = OPS"))


def test_a_census_believes_no_total(server: Site) -> None:
    server.sandbox.set(total_excess=50)
    assert sum(len(page) for page in server.source.all_ids("project = OPS")) == 6


def test_ids_that_are_none_are_refused_before_anything_is_asked(jira: Site) -> None:
    jira.made()
    with pytest.raises(Exception, match="no issue ids"):
        JiraSource.whereabouts(jira.source, "project = OPS", {"OPS-1": "OPS-1"})
    assert jira.made() == []
