"""Writing to Jira: issues, transitions, links, files, properties (jira facts 6, 9)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.jira.talk import Talk, adf

NEW = {"project": {"key": "OPS"}, "summary": "a new one", "issuetype": {"name": "Task"}}


def create(talk: Talk, version: int = 2, **fields: Any) -> requests.Response:
    return talk.post("issue", {"fields": {**NEW, **fields}}, version=version)


def assignee(talk: Talk, name: str) -> dict[str, str]:
    user = talk.sandbox.site.people.needed(name)
    return {"accountId": user.account_id} if talk.cloud else {"name": user.name}


def test_creating_an_issue(either: Talk) -> None:
    answer = create(either, priority={"name": "High"}, labels=["a"], assignee=assignee(either, "bruno"))
    assert answer.status_code == 201
    assert set(answer.json()) == {"id", "key", "self"}
    issue = either.issue(answer.json()["key"])
    assert issue["fields"]["created"] == issue["fields"]["updated"]
    assert issue["fields"]["status"]["name"] == "To Do"
    assert issue["fields"]["assignee"]["displayName"] == "Bruno Bach"
    assert issue["fields"]["reporter"]["displayName"] == "Sync Bot"


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"project": {"key": "NOPE"}}, "project"),
        ({"project": None}, "project"),
        ({"issuetype": {"name": "Nope"}}, "issuetype"),
        ({"issuetype": None}, "issuetype"),
        ({"summary": ""}, "summary"),
        ({"summary": "two\nlines"}, "summary"),
        ({"summary": "x" * 256}, "summary"),
        ({"priority": {"name": "Urgent"}}, "priority"),
        ({"priority": "High"}, "priority"),
        ({"labels": ["two words"]}, "labels"),
        ({"labels": "a"}, "labels"),
        ({"components": [{"name": "Nope"}]}, "components"),
        ({"duedate": "tomorrow"}, "duedate"),
        ({"customfield_10016": "three"}, "customfield_10016"),
        ({"customfield_10030": {"value": "Nope"}}, "customfield_10030"),
        ({"customfield_10036": "2026-01-02"}, "customfield_10036"),
        ({"customfield_10039": "no url"}, "customfield_10039"),
        ({"assignee": "bruno"}, "assignee"),
        ({"status": {"name": "Done"}}, "status"),
        ({"resolution": {"name": "Done"}}, "resolution"),
        ({"nonsense": 1}, "nonsense"),
        ({"description": {"type": "doc"}}, "description"),
        ({"description": "x" * 32_768}, "description"),
    ],
)
def test_what_cannot_be_set(either: Talk, fields: dict[str, Any], wrong: str) -> None:
    answer = create(either, **fields)
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == [wrong]


def test_all_mistakes_are_told_at_once(either: Talk) -> None:
    answer = create(either, labels=["two words"], priority={"id": "99"}, nonsense=1)
    assert set(answer.json()["errors"]) == {"labels", "priority", "nonsense"}


def test_users_are_named_as_the_flavour_wants(either: Talk) -> None:
    person = either.sandbox.site.people.needed("bruno")
    wrong = {"name": person.name} if either.cloud else {"accountId": person.account_id}
    assert create(either, assignee=wrong).status_code == 400
    assert create(either, assignee=assignee(either, "erik")).status_code == 400  # has left
    assert create(either, assignee=None).status_code == 201


def test_v3_wants_documents(cloud: Talk) -> None:
    assert create(cloud, version=3, description="a string").status_code == 400
    made = create(cloud, version=3, description=adf("a document")).json()
    assert cloud.issue(made["key"])["fields"]["description"] == "a document"
    assert cloud.issue(made["key"], version=3)["fields"]["description"] == adf("a document")


def test_editing_answers_with_nothing(either: Talk) -> None:
    either.sandbox.clock.advance(60)
    before = either.issue("OPS-1")["fields"]["updated"]
    answer = either.put("issue/OPS-1", {"fields": {"summary": "better"}, "update": {"labels": [{"add": "new"}]}})
    assert (answer.status_code, answer.content) == (204, b"")
    fields = either.issue("OPS-1")["fields"]
    assert fields["summary"] == "better"
    assert "new" in fields["labels"]
    assert fields["updated"] != before


def test_an_edit_to_what_is_already_there_moves_nothing(either: Talk) -> None:
    either.put("issue/OPS-1", {"fields": {"summary": "better"}})
    either.sandbox.clock.advance(60)
    before = either.issue("OPS-1")["fields"]["updated"]
    assert either.put("issue/OPS-1", {"fields": {"summary": "better"}}).status_code == 204
    assert either.issue("OPS-1")["fields"]["updated"] == before


def test_an_edit_does_not_change_the_status(either: Talk) -> None:
    answer = either.put("issue/OPS-1", {"fields": {"status": {"name": "Done"}}})
    assert answer.status_code == 400
    said = "Field 'status' cannot be set. It is not on the appropriate screen, or unknown."
    assert answer.json() == {"errorMessages": [], "errors": {"status": said}}


def test_keeping_quiet_needs_an_administrator(either: Talk) -> None:
    assert either.put("issue/OPS-1?notifyUsers=false", {"fields": {"summary": "x"}}).status_code == 403


def test_an_edit_can_say_where_it_comes_from(either: Talk) -> None:
    origin = {"type": "syncd", "originator": {"id": "syncd"}}
    either.put("issue/OPS-1", {"fields": {"summary": "x"}, "historyMetadata": origin})
    histories = either.issue("OPS-1", expand="changelog")["changelog"]["histories"]
    assert histories[0]["historyMetadata"] == origin


def test_without_permission_nothing_is_edited_or_deleted(either: Talk) -> None:
    either.act.deny("edit", "OPS")
    either.act.deny("delete", "OPS")
    assert either.put("issue/OPS-1", {"fields": {"summary": "x"}}).status_code == 400
    assert either.delete("issue/OPS-1").status_code == 403


def test_an_archived_issue_can_be_read_and_not_written(either: Talk) -> None:
    either.act.archive("OPS-1")
    assert either.get("issue/OPS-1").status_code == 200
    assert either.put("issue/OPS-1", {"fields": {"summary": "x"}}).status_code == 400
    assert either.post("issue/OPS-1/comment", {"body": "x"}).status_code == 400


def test_deleting(either: Talk) -> None:
    assert either.delete("issue/OPS-1").status_code == 204
    assert either.get("issue/OPS-1").status_code == 404
    made = create(either).json()
    assert made["key"] == "OPS-11"


# ---- transitions


def doors(talk: Talk, key: str = "OPS-1", **params: Any) -> dict[str, dict[str, Any]]:
    return {t["to"]["name"]: t for t in talk.get(f"issue/{key}/transitions", **params).json()["transitions"]}


def go(talk: Talk, number: str, **more: Any) -> requests.Response:
    return talk.post("issue/OPS-1/transitions", {"transition": {"id": number}, **more})


@pytest.fixture
def fresh(either: Talk) -> Talk:
    """OPS-1 stands at the beginning."""
    either.act.transition("OPS-1", "To Do")
    return either


def test_transitions_depend_on_where_the_issue_stands(fresh: Talk) -> None:
    assert set(doors(fresh)) == {"In Progress", "Done"}
    assert go(fresh, doors(fresh)["Done"]["id"]).status_code == 204
    assert set(doors(fresh)) == {"To Do"}
    fields = fresh.issue("OPS-1")["fields"]
    assert fields["status"]["statusCategory"]["key"] == "done"
    assert fields["resolution"]["name"] == "Done"
    assert fields["resolutiondate"] == fields["updated"]


def test_reopening_clears_the_resolution(fresh: Talk) -> None:
    go(fresh, doors(fresh)["Done"]["id"])
    go(fresh, doors(fresh)["To Do"]["id"])
    fields = fresh.issue("OPS-1")["fields"]
    assert fields["resolution"] is fields["resolutiondate"] is None


def test_a_transition_twice_is_refused(fresh: Talk) -> None:
    number = doors(fresh)["In Progress"]["id"]
    assert go(fresh, number).status_code == 204
    assert go(fresh, number).status_code == 400


def test_without_permission_the_list_is_empty(fresh: Talk) -> None:
    fresh.act.deny("transition", "OPS")
    answer = fresh.get("issue/OPS-1/transitions")
    assert (answer.status_code, answer.json()["transitions"]) == (200, [])
    assert go(fresh, "31").status_code == 400


def test_fields_that_are_on_no_screen_are_refused(fresh: Talk) -> None:
    answer = go(fresh, doors(fresh)["In Progress"]["id"], fields={"resolution": {"name": "Done"}})
    assert answer.status_code == 400
    said = "Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown."
    assert answer.json() == {"errorMessages": [], "errors": {"resolution": said}}
    assert fresh.issue("OPS-1")["fields"]["status"]["name"] == "To Do"


def test_a_screen_takes_its_fields_and_a_comment(fresh: Talk) -> None:
    closing = doors(fresh, expand="transitions.fields")["Done"]
    allowed = {value["name"] for value in closing["fields"]["resolution"]["allowedValues"]}
    assert "Won't Do" in allowed
    more = {"fields": {"resolution": {"name": "Won't Do"}}, "update": {"comment": [{"add": {"body": "closing"}}]}}
    answer = go(fresh, closing["id"], **more)
    assert (answer.status_code, answer.content) == (204, b"")
    issue = fresh.issue("OPS-1")
    assert issue["fields"]["resolution"]["name"] == "Won't Do"
    assert issue["fields"]["comment"]["comments"][-1]["body"] == "closing"


def test_a_site_may_insist_on_a_resolution(fresh: Talk) -> None:
    fresh.sandbox.set(resolution_required=True)
    closing = doors(fresh, expand="transitions.fields")["Done"]
    assert closing["fields"]["resolution"]["required"] is True
    assert go(fresh, closing["id"]).json()["errors"] == {"resolution": "Resolution is required."}


@pytest.mark.parametrize("body", [{}, {"transition": {}}, {"transition": "31"}])
def test_a_transition_must_be_named(fresh: Talk, body: dict[str, Any]) -> None:
    assert fresh.post("issue/OPS-1/transitions", body).status_code == 400


# ---- remote links

LINK = {"globalId": "system=x&id=1", "relationship": "mirrored to", "object": {"url": "https://x/1", "title": "INC1"}}


def test_a_remote_link_is_created_once_and_then_updated(either: Talk) -> None:
    either.sandbox.clock.advance(60)
    before = either.issue("OPS-1")["fields"]["updated"]
    assert either.post("issue/OPS-1/remotelink", LINK).status_code == 201
    update = {"globalId": LINK["globalId"], "object": {"url": "https://x/2", "title": "INC2"}}
    assert either.post("issue/OPS-1/remotelink", update).status_code == 200
    (link,) = either.get("issue/OPS-1/remotelink").json()
    assert link["object"]["title"] == "INC2"
    assert "relationship" not in link  # what is left out becomes nothing
    assert either.issue("OPS-1")["fields"]["updated"] == before


def test_without_a_global_id_every_post_adds_one(either: Talk) -> None:
    body = {"object": LINK["object"]}
    assert [either.post("issue/OPS-1/remotelink", body).status_code for _ in range(2)] == [201, 201]
    assert len(either.get("issue/OPS-1/remotelink").json()) == 2


def test_a_remote_link_needs_a_title_and_an_address(either: Talk) -> None:
    answer = either.post("issue/OPS-1/remotelink", {"object": {"url": "https://x/1"}})
    assert answer.status_code == 400
    assert answer.json() == {"errorMessages": [], "errors": {"title": "'title' is required."}}
    assert either.post("issue/OPS-1/remotelink", {**LINK, "globalId": "x" * 256}).status_code == 400


def test_deleting_a_remote_link_wants_a_content_type(either: Talk) -> None:
    either.post("issue/OPS-1/remotelink", LINK)
    path = "issue/OPS-1/remotelink"
    assert either.delete(path, globalId=LINK["globalId"]).status_code == 415
    json = {"Content-Type": "application/json"}
    answer = either.send("DELETE", path, params={"globalId": LINK["globalId"]}, headers=json)
    assert answer.status_code == 204
    assert either.get(path).json() == []


# ---- files


def upload(talk: Talk, headers: dict[str, str] | None = None, field: str = "file") -> requests.Response:
    files = {field: ("a file é.txt", b"some bytes", "text/plain")}
    token = {"X-Atlassian-Token": "no-check"} if headers is None else headers
    return talk.send("POST", "issue/OPS-1/attachments", files=files, headers=token)


def test_uploading_needs_the_no_check_header(either: Talk) -> None:
    assert upload(either, headers={}).status_code == 403
    answer = upload(either)
    assert answer.status_code == 200
    (attachment,) = answer.json()
    assert (attachment["filename"], attachment["size"], attachment["mimeType"]) == ("a file é.txt", 10, "text/plain")
    shown = either.issue("OPS-1")["fields"]["attachment"]
    assert shown == [attachment]
    assert isinstance(shown[0]["id"], str)
    assert isinstance(either.get(f"attachment/{shown[0]['id']}").json()["id"], int if either.cloud else str)


def test_the_field_is_called_file(either: Talk) -> None:
    assert upload(either, field="upload").status_code == 400


def test_two_files_may_have_one_name(either: Talk) -> None:
    first, second = upload(either).json()[0], upload(either).json()[0]
    assert first["filename"] == second["filename"]
    assert first["id"] != second["id"]


def test_too_big_is_a_413(either: Talk) -> None:
    limit = either.get("attachment/meta").json()["uploadLimit"]
    files = {"file": ("big", b"x" * (limit + 1))}
    answer = either.send(
        "POST", "issue/OPS-1/attachments", files=files, headers={"X-Atlassian-Token": "no-check"}, timeout=30
    )
    assert answer.status_code == 413


def test_cloud_sends_readers_to_another_host_without_credentials(cloud: Talk) -> None:
    attachment = upload(cloud).json()[0]
    answer = cloud.send("GET", attachment["content"].removeprefix(cloud.server.url))
    assert answer.status_code == 303
    target = answer.headers["Location"]
    assert target.split("/")[2] != cloud.server.url.split("/")[2]
    assert requests.get(target, timeout=5).content == b"some bytes"
    assert requests.get(target, timeout=5, auth=("bot@example.com", "jira-token")).status_code == 400
    assert len(cloud.sandbox.site.leaks) == 1
    followed = cloud.session.get(attachment["content"], timeout=5)
    assert followed.content == b"some bytes"
    assert len(cloud.sandbox.site.leaks) == 1


def test_cloud_gives_the_bytes_itself_when_asked(cloud: Talk) -> None:
    number = upload(cloud).json()[0]["id"]
    assert cloud.get(f"attachment/content/{number}", redirect="false").content == b"some bytes"
    part = cloud.send("GET", f"attachment/content/{number}?redirect=false", headers={"Range": "bytes=5-"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"bytes", "bytes 5-9/10")


def test_data_center_keeps_files_at_the_site(datacenter: Talk) -> None:
    address = upload(datacenter).json()[0]["content"].removeprefix(datacenter.server.url)
    assert address.startswith("/secure/attachment/")
    assert datacenter.send("GET", address).content == b"some bytes"
    datacenter.session.auth = None
    answer = datacenter.send("GET", address)
    assert (answer.status_code, answer.headers["Location"].startswith("/login.jsp")) == (302, True)


def test_files_of_hidden_issues_are_hidden(either: Talk) -> None:
    number = upload(either).json()[0]["id"]
    either.act.restrict("OPS-1")
    assert either.get(f"attachment/{number}").status_code == 404


def test_deleting_a_file(either: Talk) -> None:
    number = upload(either).json()[0]["id"]
    assert either.delete(f"attachment/{number}").status_code == 204
    assert either.issue("OPS-1")["fields"]["attachment"] == []


# ---- the rest


def test_properties_of_an_issue(either: Talk) -> None:
    path = "issue/OPS-1/properties/mirror"
    before = either.issue("OPS-1")["fields"]["updated"]
    assert either.put(path, {"sys_id": "1"}).status_code == 201
    assert either.put(path, {"sys_id": "2"}).status_code == 200
    assert either.get("issue/OPS-1/properties").json()["keys"][0]["key"] == "mirror"
    assert either.issue("OPS-1", properties="mirror")["properties"] == {"mirror": {"sys_id": "2"}}
    assert either.issue("OPS-1")["fields"]["updated"] == before
    if either.cloud:
        found = either.find("key = OPS-1", properties=["mirror"]).json()["issues"][0]
        assert found["properties"] == {"mirror": {"sys_id": "2"}}


def test_what_can_be_created(either: Talk) -> None:
    types = either.get("issue/createmeta/OPS/issuetypes").json()
    listed = types["issueTypes"] if either.cloud else types["values"]
    assert [t["name"] for t in listed] == ["Incident", "Bug", "Task"]
    fields = either.get(f"issue/createmeta/OPS/issuetypes/{listed[0]['id']}").json()
    metas = {f["fieldId"]: f for f in (fields["fields"] if either.cloud else fields["values"])}
    assert metas["summary"]["required"] is True
    assert metas["priority"]["allowedValues"][0]["name"] == "Highest"
    assert either.get("issue/createmeta").status_code == (200 if either.cloud else 404)


def test_what_may_i_do(either: Talk) -> None:
    asked: dict[str, Any] = {"permissions": "BROWSE_PROJECTS,TRANSITION_ISSUES,ADMINISTER", "projectKey": "OPS"}
    either.act.deny("transition", "OPS")
    shown = either.get("mypermissions", **asked).json()["permissions"]
    assert {key: p["havePermission"] for key, p in shown.items()} == {
        "BROWSE_PROJECTS": True,
        "TRANSITION_ISSUES": False,
        "ADMINISTER": False,
    }


def test_finding_people(either: Talk) -> None:
    name, wrong = ("query", "username") if either.cloud else ("username", "query")
    assert [u["displayName"] for u in either.get(f"user/search?{name}=ali").json()] == ["Alice Archer"]
    assert either.get(f"user/search?{name}=dana@").json() == []  # hides her address
    assert either.get(f"user/search?{wrong}=ali").status_code == 400


@pytest.mark.parametrize("kind", ["409", "422"])
def test_a_transition_may_collide(either: Talk, kind: str) -> None:
    either.sandbox.faults.add(kind, method="POST", path="*/transitions")
    assert go(either, "31").status_code == int(kind)


def test_a_site_below_a_path(either: Talk) -> None:
    either.sandbox.set(context_path="/jira")
    wrong = either.get("myself")
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (404, "text/html;charset=UTF-8")
    info = either.get("/jira/rest/api/2/serverInfo").json()
    assert info["baseUrl"].endswith("/jira")
    assert either.get("/jira/rest/api/2/myself").json()["self"].startswith(info["baseUrl"])
