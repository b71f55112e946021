"""Right and wrong credentials (jira facts 7.12 to 7.17, 10)."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.jira.conftest import Start
from tests.sandbox.jira.talk import Talk

REASON = "X-Seraph-LoginReason"


def test_a_wrong_cloud_token_makes_an_anonymous_caller_who_sees_nothing(cloud: Talk) -> None:
    cloud.session.auth = ("bot@example.com", "wrong")
    search = cloud.find("project = OPS")
    assert (search.status_code, search.json()) == (200, {"issues": [], "isLast": True})
    projects = cloud.get("project/search")
    assert (projects.status_code, projects.json()["values"]) == (200, [])
    assert cloud.get("field").status_code == 200
    assert cloud.get("serverInfo").status_code == 200
    assert cloud.get("issue/OPS-1").status_code == 404
    assert cloud.get("myself").status_code == 401
    for path in ("field", "myself", "issue/OPS-1", "project/search"):
        assert cloud.get(path).headers[REASON] == "AUTHENTICATED_FAILED"


def test_a_right_cloud_token_has_no_reason_unless_the_site_says_ok(cloud: Talk) -> None:
    assert REASON not in cloud.get("myself").headers
    cloud.sandbox.set(ok_login_header=True)
    assert cloud.get("myself").headers[REASON] == "OK"


def test_a_token_can_be_revoked_between_two_pages(cloud: Talk) -> None:
    cloud.sandbox.set(page_cap=4)
    token = cloud.find("project = OPS").json()["nextPageToken"]
    cloud.sandbox.revoke()
    assert cloud.find("project = OPS").json()["issues"] == []
    assert cloud.find("project = OPS", nextPageToken=token).status_code == 400
    cloud.sandbox.restore()
    assert len(cloud.find("project = OPS", nextPageToken=token).json()["issues"]) == 4


def test_no_credentials_at_all_are_no_failed_log_in(cloud: Talk) -> None:
    cloud.session.auth = None
    assert REASON not in cloud.get("field").headers


def bearer(talk: Talk, token: str, path: str = "/rest/api/2/myself") -> requests.Response:
    talk.session.auth = None
    return talk.send("GET", path, headers={"Authorization": f"Bearer {token}"})


def test_a_data_center_token_means_nothing_to_cloud(cloud: Talk) -> None:
    answer = bearer(cloud, "jira-pat")
    assert (answer.status_code, answer.json()) == (403, {"error": "Failed to parse Connect Session Auth Token"})
    answer = bearer(cloud, "aa.bb.cc")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("text/html")


def gateway(cloud: Talk, path: str) -> str:
    cloud_id = cloud.get("/_edge/tenant_info").json()["cloudId"]
    return f"/ex/jira/{cloud_id}/rest/api/3/{path}"


def test_a_scoped_token_is_worth_nothing_at_the_site_and_works_at_the_gateway(cloud: Talk) -> None:
    cloud.session.auth = ("bot@example.com", "jira-scoped-token")
    assert cloud.get("issue/OPS-1").status_code == 404
    issue = cloud.get(gateway(cloud, "issue/OPS-1")).json()
    assert issue["key"] == "OPS-1"
    assert "/ex/jira/" in issue["self"]
    assert "/ex/jira/" not in cloud.get(gateway(cloud, "serverInfo")).json()["baseUrl"]


def test_the_gateway_refuses_wrong_tokens_and_other_tenants(cloud: Talk) -> None:
    assert cloud.get("/ex/jira/another/rest/api/3/myself").status_code == 404
    cloud.session.auth = ("bot@example.com", "wrong")
    answer = cloud.get(gateway(cloud, "myself"))
    assert (answer.status_code, answer.json()) == (401, {"code": 401, "message": "Unauthorized"})


def refresh(cloud: Talk, token: str) -> requests.Response:
    body = {
        "grant_type": "refresh_token",
        "client_id": "jira-client",
        "client_secret": "jira-client-secret",
        "refresh_token": token,
    }
    return cloud.post("/oauth/token", body)


def test_refresh_tokens_change_with_every_use(cloud: Talk) -> None:
    first = refresh(cloud, "jira-refresh-token").json()
    second = refresh(cloud, first["refresh_token"]).json()
    assert len({"jira-refresh-token", first["refresh_token"], second["refresh_token"]}) == 3
    assert bearer(cloud, second["access_token"], gateway(cloud, "myself")).status_code == 200
    assert bearer(cloud, second["access_token"]).status_code == 403  # not at the site


def test_a_used_refresh_token_is_good_for_ten_minutes_more(cloud: Talk) -> None:
    refresh(cloud, "jira-refresh-token")
    assert refresh(cloud, "jira-refresh-token").status_code == 200
    cloud.sandbox.clock.advance(601)
    answer = refresh(cloud, "jira-refresh-token")
    assert answer.status_code == 403
    assert answer.json() == {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}


def test_a_token_may_be_asked_for_with_a_form(cloud: Talk) -> None:
    cloud.session.auth = None
    form = {"grant_type": "client_credentials", "client_id": "jira-client", "client_secret": "jira-client-secret"}
    assert cloud.send("POST", "/oauth/token", data=form).json()["token_type"] == "Bearer"
    named = cloud.send(
        "POST", "/oauth/token", data={"grant_type": "client_credentials"}, auth=("jira-client", "jira-client-secret")
    )
    assert "refresh_token" not in named.json()
    assert cloud.send("POST", "/oauth/token", data={**form, "client_secret": "wrong"}).status_code == 401
    assert cloud.send("POST", "/oauth/token", data={**form, "grant_type": "password"}).status_code == 400


def test_an_access_token_lives_for_an_hour(cloud: Talk) -> None:
    access = refresh(cloud, "jira-refresh-token").json()["access_token"]
    cloud.sandbox.clock.advance(3601)
    assert bearer(cloud, access, gateway(cloud, "myself")).status_code == 401


def test_the_tenants_of_an_access_token(cloud: Talk) -> None:
    access = refresh(cloud, "jira-refresh-token").json()["access_token"]
    resources = bearer(cloud, access, "/oauth/token/accessible-resources").json()
    assert [r["id"] for r in resources] == [cloud.get("/_edge/tenant_info").json()["cloudId"]]


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer jira-pat"}, {}])
def test_data_center_takes_a_token_or_a_password(datacenter: Talk, headers: dict[str, str]) -> None:
    if headers:
        datacenter.session.auth = None
    answer = datacenter.send("GET", "myself", headers=headers)
    assert answer.json()["name"] == "svc_syncd"
    assert answer.headers[REASON] == "OK"


def test_a_wrong_password_is_a_401_in_html(datacenter: Talk) -> None:
    datacenter.session.auth = ("svc_syncd", "wrong")
    answer = datacenter.get("serverInfo")
    assert answer.status_code == 401
    assert "Basic Authentication Failure" in answer.text
    assert answer.headers[REASON] == "AUTHENTICATED_FAILED"


def test_after_several_failures_even_the_right_password_needs_a_person(datacenter: Talk) -> None:
    right: Any = datacenter.session.auth
    datacenter.session.auth = ("svc_syncd", "wrong")
    assert [datacenter.get("myself").status_code for _ in range(4)] == [401, 401, 401, 403]
    datacenter.session.auth = right
    answer = datacenter.get("myself")
    assert answer.status_code == 403
    assert answer.headers["X-Authentication-Denied-Reason"].startswith("CAPTCHA_CHALLENGE; login-url=http")
    assert answer.headers[REASON] == "AUTHENTICATION_DENIED"
    datacenter.post("/_sandbox/credentials", {"solve_captcha": True})
    assert datacenter.get("myself").status_code == 200


def test_an_expired_data_center_token_is_a_401(datacenter: Talk) -> None:
    datacenter.sandbox.revoke("jira-pat")
    assert bearer(datacenter, "jira-pat").status_code == 401


def test_anybody_may_ask_what_the_server_is(either: Talk) -> None:
    either.session.auth = None
    info = either.get("serverInfo").json()
    assert info["deploymentType"] == ("Cloud" if either.cloud else "Server")
    assert info["versionNumbers"][0] == (1001 if either.cloud else 9)
    assert ("defaultLocale" in info) is either.cloud
    assert either.get("myself").status_code == 401
    assert either.get("issue/OPS-1").status_code == 404


def test_who_am_i(either: Talk) -> None:
    me = either.get("myself").json()
    assert me["timeZone"] == "Europe/Berlin"
    assert ("accountId" in me) is either.cloud
    assert ("name" in me) is ("key" in me) is not either.cloud


def test_a_browser_on_a_write_needs_the_no_check_header(either: Talk) -> None:
    either.session.headers["User-Agent"] = "Mozilla/5.0"
    try:
        assert either.post("issue/OPS-1/comment", {"body": "hello"}).status_code == 403
        answer = either.send(
            "POST", "issue/OPS-1/comment", json={"body": "hello"}, headers={"X-Atlassian-Token": "no-check"}
        )
        assert answer.status_code == 201
    finally:
        either.session.headers["User-Agent"] = "tests"


def test_strangers_browse_where_they_may_and_see_only_what_is_for_everybody(start: Start) -> None:
    talk = start("datacenter", anonymous_browse=True)
    talk.act.comment("OPS-1", "for some", role="Administrators")
    talk.act.comment("OPS-1", "inside", internal=True)
    public = talk.act.comment("OPS-1", "for all")
    talk.act.restrict("OPS-2", "Staff")
    known = {comment["id"] for comment in talk.issue("OPS-1")["fields"]["comment"]["comments"]}
    talk.session.auth = None
    assert len(talk.keys("project = OPS")) == 9
    assert talk.get("issue/OPS-2").status_code in (401, 403, 404)
    seen = {comment["id"] for comment in talk.issue("OPS-1")["fields"]["comment"]["comments"]}
    assert public.id in seen
    assert seen < known
    assert talk.post("issue/OPS-1/comment", {"body": "me too"}).status_code in (401, 403)
    assert talk.get("myself").status_code == 401


def test_a_dead_token_of_data_center_may_be_served_as_a_stranger(start: Start) -> None:
    talk = start("datacenter", anonymous_browse=True, dead_token_is_stranger=True)
    talk.session.auth = None
    talk.session.headers["Authorization"] = "Bearer expired"
    answer = talk.find("project = OPS")
    assert len(answer.json()["issues"]) == 10
    assert "X-Seraph-LoginReason" not in answer.headers
    assert talk.get("myself").status_code == 401
