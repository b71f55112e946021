"""The search index runs behind, forgets and catches up; issues themselves are current (jira facts 1.13 to 1.15)."""

from __future__ import annotations

from tests.sandbox.jira.conftest import Start
from tests.sandbox.jira.talk import Talk


def test_a_search_shows_a_write_only_when_the_lag_is_over(start: Start) -> None:
    talk = start(index_lag=30.0)
    talk.act.edit("OPS-1", {"summary": "brand new"})
    assert talk.keys("summary ~ 'brand new'") == []
    talk.sandbox.clock.advance(31)
    assert talk.keys("summary ~ 'brand new'") == ["OPS-1"]


def test_a_search_shows_old_fields_while_a_get_shows_new_ones(start: Start) -> None:
    talk = start(index_lag=30.0)
    old = talk.issue("OPS-1")["fields"]["summary"]
    talk.act.edit("OPS-1", {"summary": "brand new"})
    assert talk.find("key = OPS-1").json()["issues"][0]["fields"]["summary"] == old
    assert talk.issue("OPS-1")["fields"]["summary"] == "brand new"
    fetched = talk.post("issue/bulkfetch", {"issueIdsOrKeys": ["OPS-1"], "fields": ["summary"]}).json()
    assert fetched["issues"][0]["fields"]["summary"] == "brand new"


def test_issues_to_reconcile_are_seen_as_they_are(start: Start) -> None:
    talk = start(index_lag=30.0)
    made = talk.act.create(summary="not indexed yet")
    assert talk.keys("summary ~ indexed") == []
    assert talk.keys("summary ~ indexed", reconcileIssues=[made.id]) == [made.key]
    assert talk.keys("summary ~ nonsense", reconcileIssues=[made.id]) == []


def test_each_write_may_have_its_own_lag_so_a_later_one_shows_first(start: Start) -> None:
    talk = start(index_lag=600.0)
    early = talk.act.create(summary="early bird")
    talk.sandbox.set(index_lag=0.0)
    late = talk.act.create(summary="late bird")
    assert talk.keys("summary ~ bird") == [late.key]
    talk.sandbox.clock.advance(601)
    assert talk.keys("summary ~ bird ORDER BY key") == [early.key, late.key]


def test_an_old_version_never_replaces_a_newer_one(start: Start) -> None:
    talk = start(index_lag=600.0)
    talk.act.edit("OPS-1", {"summary": "first version"})
    talk.sandbox.set(index_lag=0.0)
    talk.act.edit("OPS-1", {"summary": "second version"})
    talk.sandbox.clock.advance(601)
    assert talk.keys("summary ~ version") == ["OPS-1"]
    assert talk.find("key = OPS-1").json()["issues"][0]["fields"]["summary"] == "second version"


def test_a_search_may_miss_what_an_earlier_one_found(cloud: Talk) -> None:
    cloud.sandbox.site.index.hide_once(10001)
    assert len(cloud.keys("project = OPS")) == 9
    assert len(cloud.keys("project = OPS")) == 10


def test_flicker_is_a_probability(start: Start) -> None:
    talk = start(flicker=0.5)
    counts = [len(talk.keys("project = OPS")) for _ in range(10)]
    assert min(counts) < 10
    assert max(counts) > 0
    assert talk.get("issue/OPS-1").status_code == 200


def test_a_deleted_issue_is_gone_at_once(start: Start) -> None:
    talk = start(index_lag=30.0)
    talk.act.delete("OPS-1")
    assert "OPS-1" not in talk.keys("project = OPS")


def test_taken_rights_count_at_once(start: Start) -> None:
    talk = start(index_lag=30.0)
    talk.act.restrict("OPS-1")
    assert "OPS-1" not in talk.keys("project = OPS")


def test_a_remembered_result_is_forgotten_when_anything_changes(either: Talk) -> None:
    """A long paging sorts once; whatever could change the result makes the next page sort again."""
    jql = "project = OPS"
    assert len(either.keys(jql)) == 10
    either.act.create(summary="one more")
    assert len(either.keys(jql)) == 11
    either.act.restrict("OPS-1")
    assert len(either.keys(jql)) == 10
    either.act.deny("browse", "OPS")
    assert either.find(jql).json().get("issues", []) == []
    either.act.allow("browse", "OPS")
    either.act.set_groups("svc_syncd", ["jira-software-users", "board"])
    assert len(either.keys(jql)) == 11


def test_a_query_about_now_is_never_remembered(either: Talk) -> None:
    either.act.edit("OPS-1", {"summary": "fresh"})
    assert either.keys("updated >= -5m") == ["OPS-1"]
    either.sandbox.clock.advance(600)
    assert either.keys("updated >= -5m") == []
