"""What a list lists can be had one by one, and under the ids that issues show."""

from __future__ import annotations

import pytest

from tests.sandbox.jira.talk import Talk


@pytest.mark.parametrize("name", ["status", "priority", "issuetype"])
def test_what_an_issue_shows_is_found_by_its_id(either: Talk, name: str) -> None:
    shown = either.issue("OPS-1")["fields"][name]
    assert either.get(f"{name}/{shown['id']}").json() == shown


def test_a_status_goes_by_its_name_too(either: Talk) -> None:
    assert either.get("status/in progress").json()["id"] == "3"


@pytest.mark.parametrize("path", ["status", "statuscategory", "priority", "resolution", "issuetype", "securitylevel"])
def test_what_is_not_there_is_a_404_in_jiras_words(either: Talk, path: str) -> None:
    answer = either.get(f"{path}/999")
    assert answer.status_code == 404
    assert "999" in answer.json()["errorMessages"][0]


def test_the_roles_of_a_project_lead_to_their_members(either: Talk) -> None:
    roles = either.get("project/OPS/role").json()
    number = roles["Administrators"].rpartition("/")[2]
    role = either.get(f"project/OPS/role/{number}").json()
    assert role["name"] == "Administrators"
    assert "Sync Bot" in {actor["displayName"] for actor in role["actors"]}
    assert either.get("project/OPS/role/1").status_code == 404


def test_changes_by_their_ids(cloud: Talk) -> None:
    cloud.act.edit("OPS-1", {"summary": "one"})
    cloud.act.edit("OPS-1", {"summary": "two"})
    listed = cloud.get("issue/OPS-1/changelog").json()["values"]
    found = cloud.post("issue/OPS-1/changelog/list", {"changelogIds": [int(listed[1]["id"])]}).json()
    assert found["histories"] == [listed[1]]
    assert cloud.post("issue/OPS-1/changelog/list", {}).status_code == 400


def test_the_thumbnail_that_an_attachment_names_is_there(either: Talk) -> None:
    either.act.attach("OPS-1", "a.png", b"png", mime_type="image/png")
    (attachment,) = either.issue("OPS-1")["fields"]["attachment"]
    address = attachment["thumbnail"].removeprefix(either.server.url)
    assert either.send("GET", address, allow_redirects=True).content == b"png"


def test_fields_by_page_and_by_name(cloud: Talk) -> None:
    page = cloud.get("field/search", query="team").json()
    assert [field["name"] for field in page["values"]] == ["Team", "Team"]
    assert cloud.get("field/search", id="customfield_10016").json()["total"] == 1


def test_nobody_logs_work(either: Talk) -> None:
    assert either.get("worklog/deleted", since=0).json()["values"] == []
    assert either.post("worklog/list", {"ids": [1]}).json() == []
    assert either.post("worklog/list", {}).status_code == 400


def test_what_an_editor_of_queries_offers(either: Talk) -> None:
    words = either.get("jql/autocompletedata").json()
    assert '"Story Points"' in {field["value"] for field in words["visibleFieldNames"]}


def test_statuses_in_another_form(cloud: Talk) -> None:
    by_name = {one["name"]: one["statusCategory"] for one in cloud.get("statuses/search").json()["values"]}
    assert by_name == {"To Do": "TODO", "In Progress": "IN_PROGRESS", "Done": "DONE"}


def test_projects_that_were_looked_at(cloud: Talk) -> None:
    assert [project["key"] for project in cloud.get("project/recent").json()] == ["OPS"]


def test_strangers_see_none_of_it(cloud: Talk) -> None:
    cloud.session.auth = None
    assert cloud.get("status/3").status_code == 401
