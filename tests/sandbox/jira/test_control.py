"""The sandbox's own API, its made-up issues and its live users."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from syncd.sandbox.jira import JiraSandbox, LiveUsers, generate_issues, load_issues
from tests.sandbox.jira.conftest import NOON
from tests.sandbox.jira.talk import Talk


def do(talk: Talk, verb: str, **arguments: Any) -> dict[str, Any]:
    answer = talk.post(f"/_sandbox/act/{verb}", arguments)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_acting_over_http(either: Talk) -> None:
    made = do(either, "create", summary="by hand", type="Bug", fields={"priority": "High"}, as_user="chen")
    comment = do(either, "comment", issue=made["key"], body="first", as_user="bruno", internal=True)
    do(either, "edit_comment", comment_id=comment["id"], body="second")
    do(either, "transition", issue=made["key"], status="Done")
    do(either, "move", issue=made["key"], project="NET")
    do(either, "restrict_comment", comment_id=comment["id"], role="Developers")
    do(either, "attach", issue=made["key"], filename="a.txt", content="text")
    do(either, "set_time_zone", zone="Asia/Tokyo")
    issue = either.issue(made["id"])
    assert issue["key"] == "NET-1"
    assert issue["fields"]["status"]["name"] == "Done"
    assert issue["fields"]["attachment"][0]["filename"] == "a.txt"
    assert issue["fields"]["updated"].endswith("+0900")
    do(either, "delete", issue="NET-1")
    assert either.get(f"issue/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [("dance", {}), ("edit", {"issue": "OPS-99", "fields": {}}), ("comment", {"issue": "OPS-1"})],
)
def test_a_mistake_is_told(either: Talk, verb: str, arguments: dict[str, Any]) -> None:
    answer = either.post(f"/_sandbox/act/{verb}", arguments)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"]


def test_knobs_faults_and_credentials_over_http(either: Talk) -> None:
    assert either.post("/_sandbox/knobs", {"page_cap": 3, "index_lag": [1, 5]}).json()["page_cap"] == 3
    assert either.get("/_sandbox/knobs").json()["index_lag"] == [1, 5]
    assert either.post("/_sandbox/knobs", {"gremlins": 1}).status_code == 400
    assert either.post("/_sandbox/faults", {"kind": "503", "retry_after": 7}).status_code == 201
    assert either.get("myself").headers["Retry-After"] == "7"
    assert either.get("/_sandbox/faults").json()[0]["fired"] == 1
    assert either.delete("/_sandbox/faults").status_code == 204
    assert either.post("/_sandbox/faults", {"kind": "gremlins"}).status_code == 400
    either.post("/_sandbox/credentials", {"revoke": True})
    assert either.get("myself").status_code == 401
    either.post("/_sandbox/credentials", {"restore": True, "solve_captcha": True})
    assert either.get("myself").status_code == 200


def test_the_clock_over_http(either: Talk) -> None:
    either.post("/_sandbox/clock", {"freeze": "2030-01-01T00:00:00+00:00"})
    either.post("/_sandbox/clock", {"advance": 60})
    assert either.get("serverInfo").json()["serverTime"] == "2030-01-01T00:01:00.000+0000"


def test_counts_state_and_reset(either: Talk) -> None:
    either.get("myself")
    counts = either.get("/_sandbox/calls").json()
    assert counts["routes"] == {"GET /rest/api/{v}/myself": 1}
    either.delete("/_sandbox/calls")
    assert either.get("/_sandbox/calls").json()["total"] == 0
    either.act.delete("OPS-1")
    assert len(either.get("/_sandbox/state").json()["issues"]) == 9
    assert either.post("/_sandbox/reset", {}).json() == {"issues": 10}
    assert either.get("issue/OPS-1").status_code == 200


def test_expiring_page_tokens(cloud: Talk) -> None:
    cloud.sandbox.set(page_cap=4)
    token = cloud.find("project = OPS").json()["nextPageToken"]
    cloud.post("/_sandbox/tokens/expire", {})
    assert cloud.find("project = OPS", nextPageToken=token).status_code == 400


def test_an_unknown_knob_is_an_error() -> None:
    with pytest.raises(ValueError, match="there are no knobs"):
        JiraSandbox().set(gremlins=1)


# ---- made-up issues


def test_the_same_seed_makes_the_same_issues() -> None:
    assert generate_issues(50, seed=3, now=NOON) == generate_issues(50, seed=3, now=NOON)
    assert generate_issues(50, seed=3, now=NOON) != generate_issues(50, seed=4, now=NOON)


def test_made_up_issues_are_of_all_kinds() -> None:
    fields = [row["fields"] for row in generate_issues(200, now=NOON)]
    assert {f["issuetype"]["name"] for f in fields} == {"Incident", "Bug", "Task"}
    assert {f["status"]["name"] for f in fields} == {"To Do", "In Progress", "Done"}
    assert len({f["priority"]["name"] for f in fields}) == 5
    assert {len(f["comment"]["comments"]) for f in fields} == {0, 1, 2, 3, 4, 5}
    comments = [c for f in fields for c in f["comment"]["comments"]]
    assert any("properties" in c for c in comments)
    assert any("visibility" in c for c in comments)
    assert any(f["description"] is None for f in fields)
    assert any(f["assignee"] is None for f in fields)


def test_a_site_without_issues_has_its_project_all_the_same() -> None:
    sandbox = JiraSandbox(issues=[])
    issue = sandbox.act.create(summary="the first", type="Incident")
    assert issue.key == "OPS-1"


def test_live_users_do_everything_that_people_do() -> None:
    sandbox = JiraSandbox(issues=generate_issues(5, now=NOON))
    people = LiveUsers(sandbox, seed=1)
    deeds = [people.step() for _ in range(200)]
    assert set(Counter(deed.verb for deed in deeds)) == {"create", "edit", "comment", "edit_comment", "transition"}
    assert len(sandbox.site.world.issues) > 20


def test_live_users_on_an_empty_site_begin_with_an_issue() -> None:
    assert LiveUsers(JiraSandbox(issues=[]), seed=1).step().verb == "create"


def test_live_users_repeat_under_their_seed() -> None:
    def deeds() -> list[object]:
        people = LiveUsers(JiraSandbox(issues=generate_issues(5, now=NOON)), seed=7)
        return [people.step() for _ in range(30)]

    assert deeds() == deeds()


def test_people_work_in_whatever_project_there_is(real_issues):
    sandbox = JiraSandbox(issues=load_issues(real_issues, limit=50), seed=1)
    people = LiveUsers(sandbox, seed=1)
    assert {people.step().verb for _ in range(150)} == {"create", "edit", "comment", "edit_comment", "transition"}
