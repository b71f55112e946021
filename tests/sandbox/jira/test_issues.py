"""Reading issues: identity, moves, hiding, shapes (jira facts 1.18 to 1.24, 4, 5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.talk import Talk, adf


def test_an_issue_is_found_by_id_and_by_key_in_any_case(either: Talk) -> None:
    assert {either.issue(handle)["id"] for handle in ("OPS-1", "ops-1", "10001")} == {"10001"}


def test_a_moved_issue_answers_to_its_old_key_with_the_new_one(either: Talk) -> None:
    either.act.move("OPS-1", "NET")
    moved = either.issue("OPS-1", expand="changelog")
    assert (moved["key"], moved["id"], moved["fields"]["project"]["key"]) == ("NET-1", "10001", "NET")
    items = moved["changelog"]["histories"][0]["items"]
    assert [(i["field"], i["fromString"], i["toString"]) for i in items][1] == ("Key", "OPS-1", "NET-1")
    assert "NET-1" not in either.keys("project = OPS")
    assert either.keys("project = NET") == ["NET-1"]


def hide(talk: Talk, how: str) -> None:
    if how == "deleted":
        talk.act.delete("OPS-1")
    elif how == "security":
        talk.act.restrict("OPS-1")
    elif how == "browse":
        talk.act.deny("browse", "OPS")
    elif how == "trash":
        talk.act.set_project_state("OPS", "deleted")


@pytest.mark.parametrize("how", ["deleted", "security", "browse", "trash"])
def test_hidden_and_gone_look_the_same(either: Talk, how: str) -> None:
    hide(either, how)
    answer = either.get("issue/OPS-1")
    message = (
        "Issue does not exist or you do not have permission to see it." if either.cloud else "Issue Does Not Exist"
    )
    assert (answer.status_code, answer.json()) == (404, {"errorMessages": [message], "errors": {}})
    assert either.get("issue/OPS-1/comment").status_code == 404


def test_data_center_may_also_say_that_it_hides_an_issue(datacenter: Talk) -> None:
    datacenter.act.restrict("OPS-1")
    for status in (401, 403):
        datacenter.sandbox.set(hidden_status=status)
        answer = datacenter.get("issue/OPS-1")
        assert answer.status_code == status
        assert answer.json()["errorMessages"] == ["You do not have the permission to see the specified issue."]
        assert datacenter.get("issue/OPS-99").status_code == 404


def test_a_hidden_project_is_gone_for_the_one_it_is_hidden_from(either: Talk) -> None:
    either.act.deny("browse", "OPS")
    assert either.get("project/OPS").status_code == 404
    assert either.get("project").json() == []
    either.act.allow("browse", "OPS")
    assert either.get("project/OPS").json()["key"] == "OPS"


def test_projects_by_state(cloud: Talk) -> None:
    cloud.act.set_project_state("OPS", "deleted")
    assert cloud.get("project/search").json()["values"] == []
    assert [p["key"] for p in cloud.get("project/search", status="deleted").json()["values"]] == ["OPS"]


def test_fields_differ_by_flavour(either: Talk) -> None:
    fields = either.issue("OPS-1")["fields"]
    assert ("accountId" in fields["reporter"]) is either.cloud
    assert ("name" in fields["reporter"]) is not either.cloud
    assert ("hierarchyLevel" in fields["issuetype"]) is either.cloud
    assert ("simplified" in fields["project"]) is either.cloud
    assert ("projectTypeKey" in fields["project"]) is either.cloud
    assert either.get("project/OPS").json()["projectTypeKey"] == "software"
    status = fields["status"]
    assert isinstance(status["id"], str)
    assert isinstance(status["statusCategory"]["id"], int)
    assert status["statusCategory"]["key"] in ("new", "indeterminate", "done")
    assert {"watches", "votes", "subtasks", "progress"} <= set(fields)
    assert not {"watcher", "sub-tasks"} & set(fields)
    assert set(fields["comment"]) - {"self"} == {"comments", "maxResults", "total", "startAt"}


def test_empty_is_null_and_not_configured_is_absent(either: Talk) -> None:
    either.act.edit("OPS-1", {"customfield_10016": 3, "description": None, "assignee": None})
    fields = either.issue("OPS-1")["fields"]
    assert fields["customfield_10016"] == 3.0
    assert isinstance(fields["customfield_10016"], float)
    assert fields["description"] is fields["assignee"] is fields["customfield_10032"] is None
    assert "parent" not in fields
    assert fields["customfield_10000"] == "{}"


def test_custom_values(either: Talk) -> None:
    either.act.edit(
        "OPS-1",
        {
            "customfield_10030": "Major",
            "customfield_10031": {"value": "Payments", "child": {"value": "Ledger"}},
            "customfield_10035": ["alice", "bruno"],
            "customfield_10036": "2026-01-02T10:05:00.000+0000",
            "customfield_10038": [{"value": "Production"}, {"value": "Test"}],
        },
    )
    fields = either.issue("OPS-1")["fields"]
    assert (fields["customfield_10030"]["value"], fields["customfield_10030"]["id"]) == ("Major", "10022")
    assert fields["customfield_10031"]["child"]["value"] == "Ledger"
    assert [user["displayName"] for user in fields["customfield_10035"]] == ["Alice Archer", "Bruno Bach"]
    assert fields["customfield_10036"] == "2026-01-02T11:05:00.000+0100"
    assert [option["value"] for option in fields["customfield_10038"]] == ["Production", "Test"]


def test_two_fields_share_a_name(either: Talk) -> None:
    named = [f["id"] for f in either.get("field").json() if f["name"] == "Team"]
    assert len(named) == 2


def test_the_list_of_fields(either: Talk) -> None:
    fields = {f["id"]: f for f in either.get("field").json()}
    assert ("key" in fields["summary"]) is either.cloud
    assert fields["issuekey"]["clauseNames"] == ["id", "issue", "issuekey", "key"]
    assert fields["customfield_10016"]["clauseNames"] == ["cf[10016]", "Story Points"]
    assert fields["customfield_10016"]["schema"]["type"] == "number"


def test_a_status_may_be_renamed(either: Talk) -> None:
    either.act.transition("OPS-1", "In Progress")
    either.act.rename_status("In Progress", "In Arbeit")
    status = either.issue("OPS-1")["fields"]["status"]
    assert (status["name"], status["id"], status["statusCategory"]["key"]) == ("In Arbeit", "3", "indeterminate")


def test_names_and_schema_on_request(either: Talk) -> None:
    issue = either.issue("OPS-1", expand="names,schema", fields="summary,customfield_10016")
    assert issue["names"] == {"summary": "Summary", "customfield_10016": "Story Points"}
    assert issue["schema"]["customfield_10016"]["customId"] == 10016


def test_rendered_fields(either: Talk) -> None:
    either.act.edit("OPS-1", {"description": "h1. Hi\n!shot.png!", "environment": None})
    either.act.attach("OPS-1", "shot.png", b"png", mime_type="image/png")
    either.act.comment("OPS-1", "some *bold* words")
    rendered = either.issue("OPS-1", expand="renderedFields")["renderedFields"]
    assert '<h1><a name="Hi"></a>Hi</h1>' in rendered["description"]
    assert 'src="/' in rendered["description"]  # relative addresses
    assert rendered["environment"] == ""
    assert rendered["summary"] is None
    assert rendered["updated"] == "Just now"
    comment = rendered["comment"]["comments"][-1]
    assert (comment["body"], comment["created"]) == ("<p>some <b>bold</b> words</p>", "Just now")
    either.sandbox.clock.advance(300)
    assert either.issue("OPS-1", expand="renderedFields")["renderedFields"]["updated"] == "5 minutes ago"


@pytest.mark.parametrize(("seconds", "said"), [(3700, "1 hour ago"), (86400, "Yesterday"), (90 * 86400, "/")])
def test_dates_as_people_say_them(either: Talk, seconds: int, said: str) -> None:
    either.act.edit("OPS-1", {"summary": "changed"})
    either.sandbox.clock.freeze()
    noon = either.sandbox.clock.now().replace(hour=10, minute=0)
    either.sandbox.clock.freeze(noon)
    either.act.edit("OPS-1", {"summary": "changed again"})
    either.sandbox.clock.advance(seconds)
    assert said in either.issue("OPS-1", expand="renderedFields")["renderedFields"]["updated"]


def test_v3_shows_documents(cloud: Talk) -> None:
    cloud.act.edit("OPS-1", {"description": "plain", "customfield_10032": "cause"})
    fields = cloud.issue("OPS-1", version=3)["fields"]
    assert fields["description"] == adf("plain")
    assert fields["customfield_10032"] == adf("cause")
    assert cloud.issue("OPS-1")["fields"]["description"] == "plain"


# ---- bulk


def bulk(talk: Talk, **body: Any) -> Any:
    return talk.post("issue/bulkfetch", body, version=3)


def test_bulk_fetch_answers_in_order_of_ids_and_leaves_out_what_is_hidden(cloud: Talk) -> None:
    cloud.act.restrict("OPS-3")
    answer = bulk(cloud, issueIdsOrKeys=["OPS-4", "ops-2", "10001", "OPS-3", "OPS-99", "OPS-4"], fields=["summary"])
    assert [issue["key"] for issue in answer.json()["issues"]] == ["OPS-1", "OPS-2", "OPS-4"]
    assert answer.json()["issueErrors"] == []


def test_bulk_fetch_shows_comments_only_when_asked(cloud: Talk) -> None:
    assert "comment" not in bulk(cloud, issueIdsOrKeys=["OPS-1"]).json()["issues"][0]["fields"]
    assert "comment" in bulk(cloud, issueIdsOrKeys=["OPS-1"], fields=["comment"]).json()["issues"][0]["fields"]


@pytest.mark.parametrize(
    "body",
    [
        {"issueIdsOrKeys": []},
        {"issueIdsOrKeys": [f"OPS-{n}" for n in range(101)]},
        {"issueIdsOrKeys": [10001]},
        {"issueIdsOrKeys": ["OPS-1"], "expand": "names"},
        {"issueIdsOrKeys": ["OPS-1"], "maxResults": 5},
        {"fields": ["summary"]},
    ],
)
def test_bulk_fetch_is_strict_about_its_body(cloud: Talk, body: dict[str, Any]) -> None:
    assert bulk(cloud, **body).status_code == 400


# ---- changelog


def test_the_changelog_page_is_oldest_first_and_the_expansion_newest_first(cloud: Talk) -> None:
    for word in ("one", "two", "three"):
        cloud.act.edit("OPS-1", {"summary": word})
    page = cloud.get("issue/OPS-1/changelog").json()
    assert [h["items"][0]["toString"] for h in page["values"]] == ["one", "two", "three"]
    assert (page["isLast"], page["total"]) == (True, 3)
    expanded = cloud.issue("OPS-1", expand="changelog")["changelog"]["histories"]
    assert [h["items"][0]["toString"] for h in expanded] == ["three", "two", "one"]


def test_bulk_changelogs_count_time_in_milliseconds(cloud: Talk) -> None:
    cloud.act.edit("OPS-1", {"summary": "one"})
    cloud.act.edit("OPS-1", {"priority": "Lowest"})
    body = {"issueIdsOrKeys": ["OPS-1"], "fieldIds": ["summary"]}
    log = cloud.post("changelog/bulkfetch", body).json()["issueChangeLogs"][0]
    assert log["issueId"] == "10001"
    assert [h["items"][0]["field"] for h in log["changeHistories"]] == ["summary"]
    assert isinstance(log["changeHistories"][0]["created"], int)


def test_bulk_fetch_shows_forty_changes(cloud: Talk) -> None:
    for number in range(45):
        cloud.act.edit("OPS-1", {"summary": f"number {number}"})
    answer = bulk(cloud, issueIdsOrKeys=["OPS-1"], expand=["changelog"]).json()
    assert len(answer["issues"][0]["changelog"]["histories"]) == 40


# ---- pages


def test_people_can_look(either: Talk) -> None:
    either.act.comment("OPS-1", "<script>alert(1)</script> *hi*", internal=True)
    listing = either.get("/").text
    assert "/browse/OPS-1" in listing
    page = either.get("/browse/OPS-1").text
    assert "<b>hi</b>" in page
    assert "internal note" in page
    assert "<script>" not in page
    assert either.get("/browse/OPS-99").status_code == 404
