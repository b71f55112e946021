"""Jira tells of changes: they are in ServiceNow long before the next poll, once each; nobody else is heard."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import MAPPING, Stage, eventually, get, staged

SECRET = "a-secret-of-this-webhook"


def hooked(folder, flavour, **webhook):
    """A stage whose next poll is an hour away."""
    return staged(
        folder,
        generate_issues(5, seed=3),
        flavour,
        settings={"poll_interval": "1h"},
        webhook={"secret": SECRET, **webhook},
    )


def summary(stage: Stage, issue: int) -> str:
    return stage.incidents()[str(issue)]["short_description"]


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_a_change_does_not_wait_for_the_next_poll(tmp_path, flavour):
    with hooked(tmp_path, flavour) as stage, stage.daemon() as url:
        eventually(lambda: len(stage.incidents()) == 5)
        stage.jira.site.webhooks.add(f"{url}/webhooks/jira/jira", secret=SECRET)
        stage.jira.site.webhooks.deliveries.doubled = True
        stage.jira.site.webhooks.deliveries.shuffled = True
        issue = stage.jira.act.create(summary="Told by a webhook").id
        stage.jira.act.edit(10_001, {"summary": "Changed a moment ago"})
        stage.jira.act.comment(10_002, "Said a moment ago")
        eventually(lambda: str(issue) in stage.incidents() and summary(stage, 10_001) == "Changed a moment ago")
        eventually(lambda: "Said a moment ago" in str(stage.servicenow.journal(stage.incidents()["10002"]["sys_id"])))
        stage.jira.site.webhooks.deliveries.settle()
        stage.assert_mirrored()
        assert 'syncd_webhooks_total{connection="jira",result="repeated"}' in get(f"{url}/metrics")[1]


def test_what_is_outside_the_query_is_not_looked_at(tmp_path):
    with hooked(tmp_path, "cloud") as stage:
        mapping = tmp_path / "mappings" / MAPPING.name
        mapping.write_text(mapping.read_text().replace("jql: project is not EMPTY", "jql: project = OPS"))
        with stage.daemon() as url:
            eventually(lambda: len(stage.incidents()) == 5)
            stage.jira.act.add_project("SECRET")
            stage.jira.site.webhooks.add(f"{url}/webhooks/jira/jira", secret=SECRET)
            stage.jira.act.create(project="SECRET", summary="Nobody's business")
            marker = stage.jira.act.create(summary="The last of all").id
            eventually(lambda: str(marker) in stage.incidents())
            assert "Nobody's business" not in str(stage.servicenow.rows("incident"))


def test_the_door_stays_shut_for_everybody_else(tmp_path):
    with hooked(tmp_path, "cloud") as stage, stage.daemon() as url:
        for path, body in (("jira", b'{"issue": {"id": "10001"}}'), ("servicenow", b"{}"), ("nobody", b"{}")):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"{url}/webhooks/jira/{path}", data=body, timeout=10)
            with refused.value as answer:
                assert answer.code == (401 if path == "jira" else 404)
