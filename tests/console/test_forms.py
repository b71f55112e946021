"""What each form changes; and that it changes nothing without the session's secret, or before one is sure."""

from __future__ import annotations

import re

import pytest

from syncd.core.access import Role
from tests.console.conftest import words


def parked(house) -> list[str]:
    return [one.issue_key for one in house.api.store.reports.parked()]


def actions(house) -> list[str]:
    return [trace.action for trace in house.api.store.audit.newest()]


FORMS = (
    ("/parked/retry", {"all": "yes"}),
    ("/parked/drop", {"all": "yes", "sure": "yes"}),
    ("/issues/OPS-1/sync", {}),
    ("/mappings/of/ops/pause", {}),
    ("/mappings/of/ops/resume", {}),
    ("/mappings/of/ops/sync", {}),
    ("/mappings/validate", {"yaml": "name: x"}),
    ("/backfills", {"mapping": "ops"}),
    ("/backfills/1/stop", {"sure": "yes"}),
    ("/tokens", {"label": "x", "role": "admin"}),
    ("/tokens/1/revoke", {"sure": "yes"}),
    ("/settings/new", {"kind": "jira", "way": "basic"}),
    ("/settings/of/file-jira/test", {}),
    ("/settings/of/file-jira/delete", {"sure": "yes"}),
)


@pytest.mark.parametrize(("address", "fields"), FORMS, ids=[address for address, _ in FORMS])
def test_a_form_without_the_secret_of_the_session_changes_nothing(house, address, fields):
    visitor = house.visitor()
    before = house.api.store.audit.verify().hash
    for wrong in ("", "x" * 43):
        answer = visitor.send(address, csrf=wrong, **fields)
        assert answer.status_code == 403
        assert "the form is outdated or not ours" in words(answer.text).replace("The form", "the form")
    elsewhere = visitor.client.post(
        address, data={"csrf": visitor.csrf, **fields}, headers={"Origin": "https://evil.example"}
    )
    assert elsewhere.status_code == 403
    assert house.api.store.audit.verify().hash == before
    assert parked(house) == ["OPS-2", "OPS-4"]


@pytest.mark.parametrize(("address", "fields"), FORMS, ids=[address for address, _ in FORMS])
def test_a_form_of_a_viewer_changes_nothing(house, address, fields):
    visitor = house.visitor(Role.VIEWER)
    before = house.api.store.audit.verify().hash
    assert visitor.send(address, **fields).status_code == 403
    assert house.api.store.audit.verify().hash == before


def test_one_parked_issue_is_retried(house):
    visitor = house.visitor(Role.OPERATOR)
    answer = visitor.send("/parked/retry", issue="10002", mapping="ops")
    assert (answer.status_code, answer.headers["location"]) == (303, "/parked?said=retried&n=1")
    assert "Due now: 1." in visitor.read(answer.headers["location"])
    waits = {one.issue_key: one.retry_in for one in house.api.store.reports.parked()}
    assert waits["OPS-2"] <= 0 < waits["OPS-4"]
    assert actions(house)[0] == "parked.retry"


def test_all_parked_issues_are_dropped_after_one_is_sure(house):
    visitor = house.visitor(Role.OPERATOR)
    asked = visitor.send("/parked/drop", all="yes", mapping="ops")
    assert asked.status_code == 200
    assert "Drop all parked issues of ops?" in words(asked.text)
    assert parked(house) == ["OPS-2", "OPS-4"]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', asked.text.split("<main")[1]))
    assert visitor.client.post("/parked/drop", data=fields).status_code == 303
    assert parked(house) == []
    assert actions(house)[0] == "parked.drop"


def test_what_is_parked_no_more_is_said_to_be_so(house):
    visitor = house.visitor(Role.OPERATOR)
    answer = visitor.send("/parked/retry", issue="OPS-50")
    assert "it is not parked any more" in visitor.read(answer.headers["location"])


def test_a_form_that_names_nothing_says_what_is_missing(house):
    answer = house.visitor(Role.OPERATOR).send("/parked/retry")
    assert answer.status_code == 422
    assert "name the issues, or say all" in words(answer.text)


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/issues/x?said=retried", "/issues/\r\nX: y"]
)
def test_nobody_is_led_elsewhere_by_a_form(house, back):
    answer = house.visitor(Role.OPERATOR).send("/parked/retry", issue="OPS-2", back=back)
    assert answer.headers["location"].startswith("/parked?")


def test_an_issue_is_looked_at_now(house):
    visitor = house.visitor(Role.OPERATOR)
    answer = visitor.send("/issues/OPS-1/sync")
    assert answer.headers["location"] == "/issues/OPS-1?said=asked"
    assert house.api.wanted == [("ops", "OPS-1")]
    answer = visitor.send("/issues/OPS-404/sync")
    assert answer.status_code == 422
    assert "is not an issue of mapping ops" in words(answer.text)


def test_a_mapping_is_paused_resumed_and_listed_now(house):
    visitor, cursors = house.visitor(Role.OPERATOR), house.api.store.cursors
    assert visitor.send("/mappings/of/ops/pause", back="/").headers["location"] == "/?said=paused"
    assert cursors.paused("ops")
    assert "ops paused" in visitor.read("/")
    visitor.send("/mappings/of/ops/resume")
    assert not cursors.paused("ops")
    visitor.send("/mappings/of/ops/sync")
    assert house.api.wanted == [("ops", "")]


def test_a_text_is_checked_and_comes_back_as_it_was(house):
    visitor = house.visitor(Role.OPERATOR)
    answer = visitor.send("/mappings/validate", yaml="name: x\nnonsense: </textarea><b>1")
    assert "nonsense" in words(answer.text)
    assert "name: x\nnonsense: &lt;/textarea&gt;&lt;b&gt;1</textarea>" in answer.text
    good = house.visitor(Role.OPERATOR).send("/mappings/validate", yaml=GOOD)
    assert "It is valid." in good.text


GOOD = """
name: other
source: {connection: jira, jql: "project = OPS"}
target: {connection: servicenow, table: incident}
fields: {short_description: {from: summary}}
comments: {to: work_notes}
"""


def test_a_backfill_is_started_and_stopped(house):
    visitor, runs = house.visitor(Role.OPERATOR), house.api.store.runs
    answer = visitor.send("/backfills", mapping="ops", jql="labels = old", since="2026-01-31")
    assert answer.headers["location"] == "/backfills/2?said=backfill"
    run = runs.get(2)
    assert (run.jql, run.since_ms) == ("labels = old", 1_769_817_600_000)
    assert "2026-01-31 00:00:00 UTC" in visitor.read("/backfills/2")
    assert "goes on where it stopped" in words(visitor.send("/backfills/2/stop").text)
    assert runs.get(2).stopped_at is None
    visitor.send("/backfills/2/stop", sure="yes")
    assert runs.get(2).stopped_at is not None
    assert visitor.send("/backfills/2/stop", sure="yes").status_code == 409


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"mapping": "nope"}, "there is no mapping 'nope'"),
        ({"mapping": "ops", "since": "yesterday"}, "since: give a day"),
        ({"mapping": "ops", "since": "0001-01-01"}, "since"),
    ],
)
def test_a_backfill_that_cannot_be_is_refused_with_the_reason(house, fields, says):
    answer = house.visitor(Role.OPERATOR).send("/backfills", **fields)
    assert answer.status_code in (404, 422)
    assert says.lower() in words(answer.text).lower()
    assert len(house.api.store.runs.all()) == 1


def test_a_token_is_shown_once_works_and_is_revoked(house):
    visitor = house.visitor()
    answer = visitor.send("/tokens", label="Grafana <3", role="viewer", days="30")
    (token,) = re.findall(r"syncd_[A-Za-z0-9_-]{43}", answer.text)
    identity = house.api.store.access.identify(token)
    assert (identity.label, identity.role) == ("Grafana <3", Role.VIEWER)
    assert token not in visitor.see("/tokens")
    assert visitor.send(f"/tokens/{identity.token_id}/revoke").status_code == 200, "it asks first"
    assert house.api.store.access.identify(token) is not None
    visitor.send(f"/tokens/{identity.token_id}/revoke", sure="yes")
    assert house.api.store.access.identify(token) is None
    assert visitor.send("/tokens/900/revoke", sure="yes").status_code == 404


def test_who_revokes_his_own_token_is_told_so_and_is_out(house):
    visitor = house.visitor()
    mine = next(token for token in house.api.store.access.tokens() if token.role is Role.ADMIN)
    assert "the one that you are signed in with" in words(visitor.send(f"/tokens/{mine.id}/revoke").text)
    visitor.send(f"/tokens/{mine.id}/revoke", sure="yes")
    assert visitor.client.get("/").status_code == 303


def test_signing_out_ends_the_session(house):
    visitor = house.visitor()
    assert visitor.send("/sign-out").status_code == 303
    assert visitor.client.get("/").headers["location"].startswith("/sign-in")
