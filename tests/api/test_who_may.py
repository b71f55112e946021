"""Every route x every role x nobody. The routes come from the application: a new one without a rule fails here."""

from __future__ import annotations

import pytest
from fastapi import APIRouter

from syncd.api.app import create_app
from syncd.core.access import Open, Role, need_of, needs
from tests.api.routes import RouteSeen, routes_of

OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/sign-in"), ("POST", "/sign-in"),
        ("GET", "/docs/{name}"), ("POST", "/webhooks/jira/{connection}")}  # fmt: skip
ADMINS = {"/api/tokens", "/api/tokens/{id}"} | {f"/api/{kind}/{what}" for kind in ("jira", "servicenow")
                                               for what in ("config", "test")}  # fmt: skip
LOOKING = {("GET", "/api/jira/config"), ("GET", "/api/servicenow/config")}


def everything(api) -> list[RouteSeen]:
    return list(routes_of(api.app()))


def test_every_route_says_whom_it_lets_in(api):
    seen = everything(api)
    assert len(seen) > 30
    assert [route for route in seen if route.need is None] == []


def test_the_open_routes_are_these_and_no_others(api):
    assert {(route.method, route.path) for route in everything(api) if isinstance(route.need, Open)} == OPEN


def test_what_changes_something_needs_more_than_a_look(api):
    """By hand, so that a wrong mark is noticed: looking is for viewers, settings for admins, all else for operators."""
    for route in everything(api):
        if (route.method, route.path) in OPEN or route.path == "/sign-out":
            continue
        expected = Role.VIEWER if route.method == "GET" else Role.OPERATOR
        if route.path in ADMINS and (route.method, route.path) not in LOOKING:
            expected = Role.ADMIN
        assert route.need is expected, route


def test_nobody_gets_nothing(api):
    client = api.client(None)
    for route in everything(api):
        answer = client.request(route.method, route.address)
        if isinstance(route.need, Open):
            refused = 401 if (route.method, route.path) == ("POST", "/sign-in") else None  # without a token, of course
            assert answer.status_code not in {401, 403} - {refused}, route
        else:
            assert answer.status_code == 401, route
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json()["status"] == 401


@pytest.mark.parametrize("role", Role)
def test_each_role_gets_what_it_may_and_no_more(api, role):
    client = api.client(role)
    for route in everything(api):
        if isinstance(route.need, Open) or route.path == "/sign-out":
            continue
        answer = client.request(route.method, route.address)
        if role.includes(route.need):
            assert answer.status_code not in (401, 403), (route, answer.text)
        else:
            assert answer.status_code == 403, (route, answer.text)
            assert f"this needs the role {route.need}" in answer.json()["detail"]


@pytest.mark.parametrize(
    "header",
    ["Bearer syncd_wrong", "Bearer", "Basic c3luY2Q6", "syncd_wrong", "bearer   x", "Bearer \u00ff"],
)
def test_a_wrong_token_is_nobody_even_where_a_session_is_open(api, header):
    browser = api.browser()
    answer = browser.client.get("/api/status", headers={"Authorization": header.encode("latin-1")})
    assert answer.status_code == 401


def test_a_malformed_body_is_not_even_looked_at_before_it_is_known_who_asks(api):
    answer = api.client(None).post("/api/tokens", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 401
    answer = api.client(Role.VIEWER).post("/api/tokens", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 403


def test_who_guesses_tokens_is_slowed_down_and_others_are_not(api):
    client = api.client(None)
    statuses = [
        client.get("/api/status", headers={"Authorization": f"Bearer syncd_{n}"}).status_code for n in range(12)
    ]
    assert statuses == [401] * 10 + [429] * 2
    assert api.client(Role.VIEWER).get("/api/status").status_code == 200


def test_metrics_can_be_made_to_need_a_token(api):
    assert api.client(None, open_metrics=False).get("/metrics").status_code == 401
    assert api.client(Role.VIEWER, open_metrics=False).get("/metrics").status_code == 200


def test_a_route_without_a_mark_lets_nobody_in(api):
    router = APIRouter()

    @router.get("/forgotten")
    def forgotten() -> str:
        return "secret"

    @router.get("/remembered")
    @needs(Role.VIEWER)
    def remembered() -> str:
        return "known"

    assert need_of(forgotten) is None
    client = api.client_of(create_app(api.services, api.web, [router]))
    assert client.get("/forgotten").status_code == 403
    assert client.get("/remembered").json() == "known"
