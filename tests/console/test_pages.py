"""Each page for each role: what one may not see is refused, what one may not do is not offered."""

from __future__ import annotations

import re

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from syncd.console.pages import pages
from syncd.console.words import CAUSES
from syncd.core.access import Open, Role
from syncd.observe.labels import PARK_CAUSES
from syncd.store.tables import audit
from tests.api.routes import routes_of
from tests.console.conftest import BROWSER, FOR_ADMINS, FOR_OPERATORS, PAGES, words

POST_FORM = re.compile(r'<form method="post" action="([^"]+)"')


def allowed(role: Role) -> tuple[str, ...]:
    found = PAGES
    found += FOR_OPERATORS if role.includes(Role.OPERATOR) else ()
    return found + (FOR_ADMINS if role.includes(Role.ADMIN) else ())


def forms(page: str) -> set[str]:
    return set(POST_FORM.findall(page)) - {"/sign-out"}


@pytest.mark.parametrize("role", Role)
def test_everybody_sees_the_pages_of_his_role_and_no_others(house, role):
    visitor = house.visitor(role)
    for address in (*PAGES, *FOR_OPERATORS, *FOR_ADMINS):
        page = visitor.see(address, 200 if address in allowed(role) else 403)
        assert page.startswith("<!doctype html>")
        assert f'<span class="pill">{role}</span>' in page


def test_every_page_is_in_this_list(house):
    """By hand, so that a wrong mark is noticed: looking is for viewers, settings and tokens for admins."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(pages(house.api.services))
    for route in routes_of(app):
        if route.path == "/console/{name}":
            assert isinstance(route.need, Open)
            continue
        private = route.path.startswith("/tokens") or route.path in ("/settings/new", "/settings/of/{name}/edit")
        if private or (route.method == "POST" and route.path.startswith("/settings")):
            expected = Role.ADMIN
        elif route.method == "POST" or route.path == "/mappings/check":
            expected = Role.OPERATOR
        else:
            expected = Role.VIEWER
        assert route.need is expected, route


def test_a_viewer_is_offered_nothing_to_press(house):
    visitor = house.visitor(Role.VIEWER)
    for address in PAGES:
        page = visitor.see(address)
        assert forms(page) == set(), address
        assert 'href="/tokens"' not in page
        assert "/settings/new" not in page


def test_an_operator_is_offered_his_work_and_no_settings(house):
    visitor = house.visitor(Role.OPERATOR)
    assert forms(visitor.see("/parked")) == {"/parked/retry", "/parked/drop"}
    assert forms(visitor.see("/issues/OPS-2")) == {"/issues/OPS-2/sync", "/parked/retry", "/parked/drop"}
    assert forms(visitor.see("/mappings")) == {"/mappings/of/ops/pause", "/mappings/of/ops/sync"}
    assert forms(visitor.see("/backfills")) == {"/backfills"}
    assert forms(visitor.see("/backfills/1")) == {"/backfills/1/stop"}
    assert forms(visitor.see("/settings")) == forms(visitor.see("/settings/of/file-jira")) == set()
    assert 'href="/tokens"' not in visitor.see("/")


def test_a_connection_of_the_file_is_tested_and_not_edited(house):
    page = house.visitor(Role.ADMIN).see("/settings/of/file-jira")
    assert forms(page) == {"/settings/of/file-jira/test"}
    assert "/edit" not in page
    assert "read-only here" in page


def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(house):
    answer = house.stranger().get("/links?search=OPS")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Flinks%3Fsearch%3DOPS"


def test_a_form_sent_after_the_session_ended_says_so_on_a_page(house):
    answer = house.stranger().post("/parked/retry", data={"all": "yes"})
    assert answer.status_code == 401
    assert 'href="/sign-in"' in answer.text


def test_what_is_wrong_is_a_page_for_people_and_a_problem_for_programs(house):
    visitor = house.visitor()
    assert "Nothing is linked under 'NOPE-1'" in visitor.read("/issues/NOPE-1", 404)
    assert "There is no such thing" in visitor.see("/mappings/of/nope", 404)
    program = {"Authorization": f"Bearer {house.api.tokens[Role.VIEWER]}"}
    answer = httpx.get(f"{house.url}/issues/NOPE-1", headers=program)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    answer = httpx.get(f"{house.url}/links?offset=-1", headers={**program, **BROWSER})
    assert (answer.status_code, answer.headers["content-type"]) == (422, "text/html; charset=utf-8")


def test_pages_work_under_a_policy_that_allows_nothing_inline(house):
    visitor = house.visitor()
    for address in (*PAGES, *FOR_OPERATORS, *FOR_ADMINS):
        answer = visitor.client.get(address)
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer.headers["cache-control"] == "no-store"
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=\"/console/)|javascript:", answer.text), (
            address
        )
        assert not re.search(r'(?:src|<link[^>]+href)="(?:https?:)?//', answer.text), address


def test_every_form_that_changes_something_carries_the_secret_of_the_session(house):
    visitor = house.visitor()
    for address in (*PAGES, *FOR_OPERATORS, *FOR_ADMINS):
        for form in re.findall(r'<form method="post".*?</form>', visitor.see(address), re.DOTALL):
            assert f'name="csrf" value="{visitor.csrf}"' in form


def test_style_and_script_are_open_and_may_be_kept(house):
    client = house.stranger()
    for name, kind in (("console.css", "text/css"), ("console.js", "text/javascript"), ("icon.svg", "image/svg+xml")):
        answer = client.get(f"/console/{name}")
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, kind)
        assert "max-age" in answer.headers["cache-control"]
    assert client.get("/console/pages.py").status_code == 404
    assert client.get("/console/..%2Fpages.py").status_code == 404


def test_the_overview_says_what_is_wrong_and_each_mapping_in_numbers(house):
    house.api.store.cursors.begin("ops", "acme")
    house.api.store.cursors.failed("ops", "jira: the credentials were refused")
    read = house.visitor(Role.VIEWER).read("/")
    assert "syncd is not ready" in read
    assert "mapping ops: jira: the credentials were refused" in read
    assert re.search(r"ops 60 .* 2 0 6 s never", read), "linked, parked, held back, lag, last success"
    assert "Calls in the last hour: jira 120; sn 80 ( 2 failed )" in read


def test_an_issue_stands_beside_its_record(house):
    page = house.visitor().see("/issues/OPS-1")
    read = words(page)
    assert 'href="https://acme.atlassian.net/browse/OPS-1"' in page
    assert f'href="https://acme.service-now.com/{1:032x}"' in page
    assert "short_description Issue 1 differs Cut" in read
    assert "state 1 as sent" in read
    assert "secret_column x not shown to us" in read
    assert "70 edit 1 posted: the journal has it" in read
    assert "71 as first seen left out: it is older than the link" in read
    assert read.index("noted") < read.index("created INC"), "the newest outcome comes first"
    assert "Nothing is waiting" in read


def test_an_issue_says_what_is_waiting_and_why(house):
    visitor = house.visitor()
    assert "Parked (rejected) after 3 tries; the next is due in 10 min" in visitor.read("/issues/OPS-2")
    assert "Because: Data policy: close notes are mandatory" in visitor.read("/issues/OPS-2")
    doubt = visitor.read("/issues/OPS-3")
    assert "A write of state was sent and its answer was lost" in doubt
    assert "in doubt: sent without an answer" in doubt


def test_an_issue_says_what_keeps_its_whole_mapping(house):
    house.api.store.cursors.pause("ops", True)
    assert "The whole mapping It is paused: nothing is listed or written until" in house.visitor().read("/issues/OPS-1")


def test_every_cause_of_parking_is_explained():
    assert set(CAUSES) == set(PARK_CAUSES)


def test_a_mapping_shows_its_file_and_what_is_wrong_with_it_by_now(house, mappings):
    visitor = house.visitor(Role.VIEWER)
    assert "valid" in visitor.read("/mappings/of/ops")
    file = mappings / "ops.yaml"
    file.write_text(file.read_text() + "\nnonsense: 1\n")
    read = visitor.read("/mappings/of/ops")
    assert "nonsense" in read
    assert "valid" not in read.split("Its file")[1].split("name: ops")[0]
    file.unlink()
    assert "cannot be read any more" in visitor.read("/mappings/of/ops")


def test_the_trail_is_verified_and_says_where_it_is_broken(house):
    visitor = house.visitor(Role.VIEWER)
    assert "The audit trail is whole" in visitor.read("/audit/verify")
    with house.api.store.database.write() as connection:
        connection.execute(update(audit).where(audit.c.number == 2).values(actor="mallory"))
    assert "row 2 was changed" in visitor.read("/audit/verify")
    assert "row 900, which was noted, is missing" in visitor.read("/audit/verify?number=900&hash=x")


def test_times_are_in_utc_and_can_be_read_by_programs(house):
    page = house.visitor().see("/issues/OPS-1")
    assert '<time datetime="2025-12-29T09:20:00Z">2025-12-29 09:20:00 UTC</time>' in page
