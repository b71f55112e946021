"""Fields by name, projects by key, name or id."""

from __future__ import annotations

import pytest
import responses

from syncd.errors import RejectedError, UnavailableError, UnreadableError
from syncd.jira.catalogue import Fields, Projects
from tests.jira.support import URL, client

FIELDS = [
    {"id": "summary", "name": "Zusammenfassung", "untranslatedName": "Summary"},
    {"id": "priority", "name": "Priority"},
    {"id": "customfield_1", "name": "Story Points"},
    {"id": "customfield_2", "name": "Team"},
    {"id": "customfield_3", "name": "Team"},
    {"id": "customfield_4", "name": "team"},
]
GONE = {"errorMessages": ["No project could be found with key 'X'."], "errors": {}}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        pytest.param(["priority", "customfield_1"], ("priority", "customfield_1"), id="ids"),
        pytest.param(["Story Points"], ("customfield_1",), id="a name"),
        pytest.param(["story points"], ("customfield_1",), id="other letters"),
        pytest.param(["team"], ("customfield_4",), id="the exact name wins"),
        pytest.param(["Summary", "Zusammenfassung"], ("summary",), id="in any language, once"),
        pytest.param(["key", "id", "url", "issuekey"], (), id="what every issue has"),
        pytest.param(["parent", "*navigable"], ("parent", "*navigable"), id="what no list has"),
    ],
)
@responses.activate
def test_fields_go_by_id_or_by_name(wanted: list[str], ids: tuple[str, ...]) -> None:
    responses.get(f"{URL}/rest/api/2/field", json=FIELDS)
    assert Fields(client()).ids(wanted) == ids


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ("Team", "2 fields named 'Team'; name one by its id: customfield_2, customfield_3"),
        ("Story Point", r"no field 'Story Point'; did you mean 'Story Points' \(customfield_1\)"),
        ("nonsense", "no field 'nonsense'$|no field 'nonsense' "),
    ],
)
@responses.activate
def test_a_name_that_means_none_or_several_is_refused_with_the_candidates(wanted: str, says: str) -> None:
    responses.get(f"{URL}/rest/api/2/field", json=FIELDS)
    with pytest.raises(RejectedError, match=says):
        Fields(client()).ids(["priority", wanted])


@responses.activate
def test_the_list_is_asked_for_once_and_again_when_a_field_is_new() -> None:
    responses.get(f"{URL}/rest/api/2/field", json=FIELDS)
    responses.get(f"{URL}/rest/api/2/field", json=[*FIELDS, {"id": "customfield_9", "name": "New"}])
    fields = Fields(client())
    for _ in range(3):
        fields.ids(["priority", "Story Points"])
    assert len(responses.calls) == 1
    assert fields.ids(["New"]) == ("customfield_9",)
    assert len(responses.calls) == 2


@responses.activate
def test_a_list_of_fields_that_is_none_is_not_an_empty_one() -> None:
    responses.get(f"{URL}/rest/api/2/field", json={"errors": []})
    with pytest.raises(UnreadableError):
        Fields(client()).ids(["priority"])


@responses.activate
def test_projects_exist_by_key_and_by_name() -> None:
    responses.get(f"{URL}/rest/api/2/project/OPS", json={"key": "OPS"})
    responses.get(f"{URL}/rest/api/2/project/Big%20Ops", json=GONE, status=404)
    responses.get(f"{URL}/rest/api/2/project/NONE", json=GONE, status=404)
    responses.get(f"{URL}/rest/api/2/project", json=[{"key": "OPS", "name": "Big Ops"}])
    projects = Projects(client())
    assert projects.exists("OPS")
    assert projects.exists("Big Ops")
    assert not projects.exists("NONE")


@responses.activate
def test_an_outage_is_not_a_missing_project() -> None:
    responses.get(f"{URL}/rest/api/2/project/OPS", status=503)
    with pytest.raises(UnavailableError):
        Projects(client()).exists("OPS")


@responses.activate
def test_the_kind_of_a_project_is_asked_for_once_where_the_issue_does_not_tell() -> None:
    responses.get(f"{URL}/rest/api/2/project/10", json={"id": "10", "projectTypeKey": "service_desk"})
    responses.get(f"{URL}/rest/api/2/project/11", json={"id": "11", "projectTypeKey": "software"})
    projects = Projects(client())
    assert [projects.is_service_desk({"id": one}) for one in ("10", "11", "10", "11")] == [True, False, True, False]
    assert len(responses.calls) == 2
    assert not projects.is_service_desk({"id": "12", "projectTypeKey": "business"})


@responses.activate
def test_a_project_of_unknown_kind_counts_as_a_service_desk() -> None:
    responses.get(f"{URL}/rest/api/2/project/10", json=GONE, status=404)
    responses.get(f"{URL}/rest/api/2/project/11", json={"id": "11"})
    projects = Projects(client())
    assert projects.is_service_desk({"id": "10"})
    assert projects.is_service_desk({"id": "11"})
    assert projects.is_service_desk(None)
    assert projects.is_service_desk({})
