"""Clients written for the real Jira, used unchanged: what they can do there, they can do here."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.sandbox.jira import JiraSandbox, generate_issues
from tests.sandbox.jira.talk import Talk, adf

jira = pytest.importorskip("jira", reason="the jira library is not installed")


@pytest.fixture(params=[("cloud", "2"), ("cloud", "3"), ("datacenter", "2")], ids="-v".join)
def talk(request: pytest.FixtureRequest) -> Iterator[tuple[Talk, str]]:
    flavour, version = request.param
    with Talk(JiraSandbox(flavour, issues=generate_issues(130))) as running:
        yield running, version


@pytest.fixture
def client(talk: tuple[Talk, str]) -> Iterator[Any]:
    """`jira.JIRA`, with its own retries off so that a failure shows at once."""
    running, version = talk
    login: dict[str, Any] = {"token_auth": "jira-pat"}
    if running.cloud:
        login = {"basic_auth": ("bot@example.com", "jira-token")}
    made = jira.JIRA(running.server.url, options={"rest_api_version": version}, max_retries=0, timeout=10, **login)
    yield made
    made.close()


@pytest.fixture
def body(talk: tuple[Talk, str]) -> Any:
    """A text as the API version wants it."""
    return adf("from a client") if talk[1] == "3" else "from a *client*"


class TestJira:
    """The `jira` library."""

    def test_it_knows_where_it_is(self, client: Any, talk: tuple[Talk, str]) -> None:
        assert client._is_cloud is talk[0].cloud
        assert client.myself()["displayName"] == "Sync Bot"
        assert client.project("OPS").name == "Platform Operations"
        assert [project.key for project in client.projects()] == ["OPS"]

    def test_it_searches_to_the_end(self, client: Any) -> None:
        assert len(client.search_issues("project = OPS ORDER BY key", maxResults=7)) == 7
        assert len(client.search_issues("project = OPS", maxResults=False, fields="summary,updated")) == 130
        assert len(client.search_issues("project = OPS", maxResults=False, fields="summary", use_post=True)) == 130
        found = client.search_issues("updated >= 0 ORDER BY updated ASC", maxResults=False, fields="updated")
        times = [issue.fields.updated for issue in found]
        assert times == sorted(times)

    def test_the_search_for_cloud_and_its_count(self, client: Any, talk: tuple[Talk, str]) -> None:
        if not talk[0].cloud:
            pytest.skip("Data Center has no enhanced search")
        assert len(client.enhanced_search_issues("project = OPS", maxResults=False)) == 130
        assert client.approximate_issue_count("project = OPS") == 130

    def test_errors_are_its_own(self, client: Any, talk: tuple[Talk, str]) -> None:
        with pytest.raises(jira.JIRAError) as caught:
            client.issue("OPS-999")
        assert caught.value.status_code == 404
        if not talk[0].cloud:
            with pytest.raises(jira.JIRAError) as caught:
                client.search_issues("project = NOPE")
            assert caught.value.status_code == 400

    def test_issues(self, client: Any, body: Any) -> None:
        made = client.create_issue(
            project="OPS", summary="made", description=body, issuetype={"name": "Incident"}, labels=["a"]
        )
        made.update(fields={"summary": "better", "priority": {"name": "High"}})
        issue = client.issue(made.key, expand="renderedFields,names,changelog")
        assert (issue.fields.summary, issue.fields.priority.name) == ("better", "High")
        assert issue.renderedFields.description.startswith("<p>from a")
        assert {item.field for history in issue.changelog.histories for item in history.items} == {
            "summary",
            "priority",
        }
        assert client.assign_issue(issue, "alice") is True
        assert client.issue(made.key).fields.assignee.displayName == "Alice Archer"
        made.delete()
        with pytest.raises(jira.JIRAError):
            client.issue(made.key)

    def test_several_issues_at_once(self, client: Any) -> None:
        good = {"project": {"key": "OPS"}, "summary": "one", "issuetype": {"name": "Task"}}
        answers = client.create_issues([good, {**good, "summary": ""}])
        assert [answer["status"] for answer in answers] == ["Success", "Error"]

    def test_comments(self, client: Any, body: Any) -> None:
        before = len(client.comments("OPS-1"))
        comment = client.add_comment("OPS-1", body)
        internal = client.add_comment("OPS-1", body, is_internal=True)
        client.add_comment("OPS-1", body, visibility={"type": "role", "value": "Administrators"})
        assert len(client.comments("OPS-1")) == before + 3
        assert getattr(internal, "jsdPublic", False) is False
        comment.update(body=body)
        assert "from a" in client.comment("OPS-1", comment.id, expand="renderedBody").renderedBody
        comment.delete()
        assert len(client.comments("OPS-1")) == before + 2

    def test_transitions(self, client: Any) -> None:
        first = client.transitions("OPS-1")[0]
        client.transition_issue("OPS-1", first["id"])
        assert client.issue("OPS-1").fields.status.name == first["to"]["name"]
        by_name = client.transitions("OPS-1")[-1]
        client.transition_issue("OPS-1", by_name["name"])
        assert client.issue("OPS-1").fields.status.name == by_name["to"]["name"]

    def test_remote_links(self, client: Any) -> None:
        link = {"url": "https://example.service-now.com/1", "title": "INC0010001"}
        for _ in range(2):
            with pytest.warns(Warning, match="applicationlinks"):  # it asks for what only administrators may see
                client.add_remote_link("OPS-1", link, globalId="system=x&id=1")
        client.add_simple_link("OPS-1", link)
        first, second = client.remote_links("OPS-1")
        first.update({"url": "https://example.service-now.com/2", "title": "INC0010002"})
        assert client.remote_link("OPS-1", first.id).object.title == "INC0010002"
        second.delete()
        assert len(client.remote_links("OPS-1")) == 1

    def test_attachments(self, client: Any) -> None:
        client.add_attachment("OPS-1", io.BytesIO(b"some bytes"), filename="a file é.txt")
        (attachment,) = client.issue("OPS-1").fields.attachment
        assert (attachment.filename, attachment.get()) == ("a file é.txt", b"some bytes")
        attachment.delete()
        assert client.issue("OPS-1").fields.attachment == []

    def test_metadata(self, client: Any, talk: tuple[Talk, str]) -> None:
        assert {status.name for status in client.statuses()} == {"To Do", "In Progress", "Done"}
        assert [priority.name for priority in client.priorities()][0:2] == ["Highest", "High"]
        assert "summary" in client.editmeta("OPS-1")["fields"]
        assert any(field["name"] == "Story Points" for field in client.fields())
        if not talk[0].cloud:
            assert [kind.name for kind in client.project_issue_types("OPS")] == ["Incident", "Bug", "Task"]
            assert client.session().name == "svc_syncd"
        client.add_issue_property("OPS-1", "mirror", {"a": 1})
        assert client.issue_property("OPS-1", "mirror").value.a == 1


@pytest.fixture
def atlassian(talk: tuple[Talk, str]) -> Any:
    """`atlassian.Jira` of atlassian-python-api."""
    module = pytest.importorskip("atlassian", reason="atlassian-python-api is not installed")
    running = talk[0]
    if running.cloud:
        made = module.Jira(url=running.server.url, username="bot@example.com", password="jira-token", cloud=True)
    else:
        made = module.Jira(url=running.server.url, token="jira-pat")
    with made:
        yield made


@pytest.mark.parametrize("talk", [("cloud", "2"), ("datacenter", "2")], ids="-v".join, indirect=True)
class TestAtlassian:
    """The `atlassian-python-api` library. It writes wiki texts, which only v2 takes."""

    def test_it_searches_to_the_end(self, atlassian: Any, talk: tuple[Talk, str]) -> None:
        if talk[0].cloud:
            assert len(atlassian.enhanced_jql_get_list_of_tickets("project = OPS")) == 130
            assert len(atlassian.enhanced_jql("project = OPS", limit=10)["issues"]) == 10
            assert atlassian.approximate_issue_count("project = OPS") == {"count": 130}
        assert len(atlassian.jql_get_list_of_tickets("project = OPS")) == 130

    def test_it_fetches_in_bulk(self, atlassian: Any) -> None:
        """Its "bulk" is a search by keys."""
        answer, missing = atlassian.bulk_issue(["OPS-1", "OPS-2"])
        assert {issue["key"] for issue in answer["issues"]} == {"OPS-1", "OPS-2"}
        assert missing == []

    def test_issues_and_comments(self, atlassian: Any) -> None:
        fields = {"project": {"key": "OPS"}, "summary": "made", "issuetype": {"name": "Task"}}
        key = atlassian.create_issue(fields)["key"]
        atlassian.update_issue_field(key, {"summary": "better"})
        assert atlassian.issue(key)["fields"]["summary"] == "better"
        comment = atlassian.issue_add_comment(key, "hello")
        atlassian.issue_edit_comment(key, comment["id"], "hello again")
        assert [c["body"] for c in atlassian.issue_get_comments(key)["comments"]] == ["hello again"]
        assert atlassian.issue_exists(key)
        assert not atlassian.issue_exists("OPS-999")
        assert atlassian.get_issue_changelog(key)["total"] == 1

    def test_transitions(self, atlassian: Any) -> None:
        target = atlassian.get_issue_transitions("OPS-1")[0]["to"]
        atlassian.set_issue_status("OPS-1", target)
        assert atlassian.get_issue_status("OPS-1") == target

    def test_remote_links(self, atlassian: Any) -> None:
        for title in ("INC1", "INC2"):
            atlassian.create_or_update_issue_remote_links("OPS-1", "https://x/1", title, global_id="id=1")
        (link,) = atlassian.get_issue_remote_links("OPS-1")
        assert link["object"]["title"] == "INC2"
        atlassian.delete_issue_remote_link_by_id("OPS-1", link["id"])
        assert atlassian.get_issue_remote_links("OPS-1") == []

    def test_attachments(self, atlassian: Any, tmp_path: Path) -> None:
        file = tmp_path / "file.txt"
        file.write_bytes(b"some bytes")
        atlassian.add_attachment("OPS-1", str(file))
        (listed,) = atlassian.get_attachments_ids_from_issue("OPS-1")
        assert atlassian.get_attachment_content(listed["attachment_id"]) == b"some bytes"

    def test_metadata(self, atlassian: Any) -> None:
        assert atlassian.myself()["displayName"] == "Sync Bot"
        assert atlassian.project("OPS")["key"] == "OPS"
        answer = atlassian.get_permissions("BROWSE_PROJECTS", project_key="OPS")
        assert answer["permissions"]["BROWSE_PROJECTS"]["havePermission"] is True
