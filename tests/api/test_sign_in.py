"""Signing in with a browser: the cookie, its end, the forms of other sites, and who tries too often."""

from __future__ import annotations

import pytest

from syncd.api.signin import local
from syncd.core.access import Role
from tests.api.conftest import SHELL

PAGE = {"Accept": "text/html"}
PAUSE = "/api/mappings/ops/pause"


class TestTheWayIn:
    def test_a_browser_is_sent_to_the_sign_in_page_and_back(self, api):
        client = api.client(None)
        answer = client.get("/", headers=PAGE)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
        answer = client.get("/docs?x=1", headers=PAGE)
        assert answer.headers["Location"] == "/sign-in?next=%2Fdocs%3Fx%3D1"
        page = client.get(answer.headers["Location"])
        assert 'value="/docs?x=1"' in page.text
        answer = client.post("/sign-in", data={"token": api.tokens[Role.VIEWER], "next": "/docs?x=1"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/docs?x=1")
        assert client.get("/", headers=PAGE).status_code == 200

    def test_a_program_is_told_instead(self, api):
        assert api.client(None).get("/api/status", headers=PAGE).status_code == 401
        assert api.client(None).get("/").status_code == 401

    def test_the_cookie_is_for_this_site_and_no_script(self, api):
        answer = api.client(None).post("/sign-in", data={"token": api.tokens[Role.VIEWER]})
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("syncd_session=")
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie

    @pytest.mark.parametrize("web", [{"tls": True}, {"public_url": "https://syncd.example.com/"}])
    def test_where_people_come_by_https_it_goes_by_https_only(self, api, web):
        answer = api.client(None, **web).post("/sign-in", data={"token": api.tokens[Role.VIEWER]})
        cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Host-syncd_session=")
        assert "Secure" in cookie.split("; ")
        assert "Domain" not in cookie
        assert "Strict-Transport-Security" in answer.headers

    def test_a_wrong_token_stays_outside(self, api):
        answer = api.client(None).post("/sign-in", data={"token": "syncd_wrong"})
        assert answer.status_code == 401
        assert "not valid" in answer.text
        assert "Set-Cookie" not in answer.headers

    def test_without_any_token_the_page_says_how_to_make_one(self, api):
        for token in api.store.access.tokens():
            api.store.access.revoke(token.id, SHELL)
        assert "syncd tokens create --role admin" in api.client(None).get("/sign-in").text

    @pytest.mark.parametrize(
        "elsewhere",
        ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "javascript:alert(1)", "", "x",
         "/\tevil", "/a\r\nSet-Cookie: a=b"],
    )  # fmt: skip
    def test_it_leads_nowhere_else(self, api, elsewhere):
        answer = api.client(None).post("/sign-in", data={"token": api.tokens[Role.VIEWER], "next": elsewhere})
        assert answer.headers["Location"] == "/"
        assert local(elsewhere) == "/"


class TestASignInLink:
    def test_it_signs_in_once_and_not_by_merely_being_opened(self, api):
        ticket = api.store.access.ticket(1)
        client = api.client(None)
        for _ in range(2):
            assert ticket in client.get(f"/sign-in?ticket={ticket}").text
        assert client.post("/sign-in", data={"ticket": ticket}).status_code == 303
        assert client.get("/api/status").status_code == 200
        again = api.client(None).post("/sign-in", data={"ticket": ticket})
        assert again.status_code == 401
        assert "used already" in again.text


class TestTheWayOut:
    def test_signing_out_ends_the_session_at_the_server(self, api):
        browser = api.browser()
        answer = browser.client.post("/sign-out", data={"csrf": browser.csrf})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in")
        assert api.store.access.session(browser.secret) is None

    def test_revoking_the_token_ends_it_at_the_next_request(self, api):
        browser = api.browser(Role.VIEWER)
        token = next(one for one in api.store.access.tokens() if one.role is Role.VIEWER)
        api.client().delete(f"/api/tokens/{token.id}").raise_for_status()
        answer = browser.client.get("/api/status")
        assert answer.status_code == 401
        assert "session is over" in answer.json()["detail"]


class TestFormsOfOtherSites:
    """What a browser sends along by itself is not enough to change anything."""

    def test_our_own_form_is_taken(self, api):
        browser = api.browser(Role.OPERATOR)
        origin = str(browser.client.base_url).rstrip("/")
        assert browser.client.post(PAUSE, data={"csrf": browser.csrf}, headers={"Origin": origin}).status_code == 200
        assert browser.client.post(PAUSE, headers={"X-CSRF-Token": browser.csrf}).status_code == 200

    @pytest.mark.parametrize(
        "how",
        [
            {},
            {"data": {"csrf": ""}},
            {"data": {"csrf": "guessed"}},
            {"headers": {"X-CSRF-Token": "guessed"}},
            {"data": {"csrf": "\u00fc" * 50}},
            {"json": {"csrf": "guessed"}},
            {"headers": {"Content-Type": "text/plain"}, "content": b"csrf=guessed"},
            {"files": {"csrf": ("csrf", b"guessed")}},
        ],
        ids=["nothing", "empty", "guessed", "header", "not ASCII", "JSON", "text", "a file"],
    )
    def test_without_the_sessions_form_secret_nothing_is_changed(self, api, how):
        browser = api.browser(Role.OPERATOR)
        answer = browser.client.post(PAUSE, **how)
        assert answer.status_code in (400, 403), answer.text
        assert not api.store.cursors.paused("ops")

    def test_the_form_secret_of_another_session_is_worth_nothing(self, api):
        one, other = api.browser(Role.OPERATOR), api.browser(Role.OPERATOR)
        assert one.client.post(PAUSE, data={"csrf": other.csrf}).status_code == 403

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
    def test_a_form_that_says_it_comes_from_elsewhere_is_refused(self, api, origin):
        browser = api.browser(Role.OPERATOR)
        answer = browser.client.post(PAUSE, data={"csrf": browser.csrf}, headers={"Origin": origin})
        assert answer.status_code == 403
        assert "another site" in answer.json()["detail"]

    def test_nobody_is_signed_in_by_another_sites_form(self, api):
        client = api.client(None)
        answer = client.post(
            "/sign-in", data={"token": api.tokens[Role.ADMIN]}, headers={"Origin": "https://evil.example"}
        )
        assert answer.status_code == 403
        assert not client.cookies

    def test_behind_a_proxy_the_public_name_is_ours(self, api):
        browser = api.browser(Role.OPERATOR, public_url="http://syncd.example.com/")
        headers = {"Origin": "http://syncd.example.com"}
        assert browser.client.post(PAUSE, data={"csrf": browser.csrf}, headers=headers).status_code == 200

    @pytest.mark.parametrize("origin", ["http://syncd.example.com", "https://syncd.example.com:8443", "http://[", "x"])
    def test_under_https_a_page_of_our_name_that_came_otherwise_is_not_ours(self, api, origin):
        """By plain http anybody between us can make one; at another port somebody else may serve."""
        browser = api.browser(Role.OPERATOR, host="0.0.0.0", public_url="https://syncd.example.com/")
        where = {"Host": "syncd.example.com", "Cookie": f"__Host-syncd_session={browser.secret}"}
        for said, status in ((origin, 403), ("https://syncd.example.com", 200), ("https://SYNCD.example.com", 200)):
            answer = browser.client.post(PAUSE, data={"csrf": browser.csrf}, headers={**where, "Origin": said})
            assert answer.status_code == status, said

    def test_a_token_on_the_request_needs_no_form_secret(self, api):
        assert api.client(Role.OPERATOR).post(PAUSE).status_code == 200


def test_a_try_that_fails_is_in_the_log_with_where_it_came_from(api, caplog):
    client = api.client(None)
    client.post("/sign-in", data={"token": "syncd_guessed"})
    client.post("/sign-in", data={"ticket": "guessed"})
    client.get("/api/status", headers={"Authorization": "Bearer syncd_guessed"})
    told = [record for record in caplog.records if getattr(record, "action", "") == "sign_in"]
    assert [record.getMessage() for record in told] == ["a try to come in from 127.0.0.1 failed"] * 3
    assert "guessed" not in caplog.text


def test_who_tries_too_often_has_to_wait(api):
    client = api.client(None)
    answers = [client.post("/sign-in", data={"token": "syncd_no"}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429]
    assert int(answers[-1].headers["Retry-After"]) >= 1
    assert client.post("/sign-in", data={"token": api.tokens[Role.ADMIN]}).status_code == 429
