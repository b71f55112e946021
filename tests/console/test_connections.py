"""Connections by form: made, changed, tested, deleted; a secret goes in and never comes out."""

from __future__ import annotations

import html
import re

import pytest

from syncd.api.services import Found
from syncd.core.access import Role
from syncd.settings import JiraConnection, ServiceNowConnection
from tests.console.conftest import FOR_ADMINS, FOR_OPERATORS, PAGES, Console, words

PASSWORD = "canary-password-Xq1"
CLIENT = "canary-client-Xq2"
HOOK = "canary-webhook-Xq3-and-long-enough"
SERVICENOW = {
    "kind": "servicenow",
    "way": "basic",
    "name": "sn",
    "url": "https://acme.service-now.com",
    "auth.username": "svc_syncd",
    "auth.password": PASSWORD,
    "verify": "on",
}


@pytest.fixture
def kept(house: Console) -> Console:
    answer = house.visitor().send("/settings/new", **SERVICENOW)
    assert answer.headers["location"] == "/settings/of/sn?said=created"
    return house


def filled(page: str) -> dict[str, str]:
    """What a browser would send of the form as it was loaded."""
    form = re.search(r'<form method="post" action="/settings/[^"]*" class="fields.*?</form>', page, re.DOTALL)
    assert form
    found = {}
    for tag in re.findall(r"<input[^>]*>", form[0]):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes["type"] != "checkbox":
            found[attributes["name"]] = html.unescape(attributes.get("value", ""))
        elif " checked" in tag:
            found[attributes["name"]] = "on"
    return found


def secrets_of(house: Console, name: str = "sn") -> dict[str, str]:
    one = house.api.services.connections.get(name)
    assert one is not None
    return dict(one.secrets)


def test_a_form_as_it_was_loaded_changes_nothing(kept):
    visitor = kept.visitor()
    before = kept.api.services.connections.get("sn")
    page = visitor.see("/settings/of/sn/edit")
    fields = {name: value for name, value in filled(page).items() if name != "csrf"}
    assert visitor.send("/settings/of/sn", **fields).headers["location"] == "/settings/of/sn?said=changed"
    after = kept.api.services.connections.get("sn")
    assert after.secrets == before.secrets
    read = visitor.read("/settings/of/sn")
    assert "url https://acme.service-now.com" in read
    assert "verify true" in read
    assert "timeout 65" in read


def test_a_new_password_replaces_the_kept_one_and_an_empty_field_does_not(kept):
    visitor = kept.visitor()
    fields = {**filled(visitor.see("/settings/of/sn/edit")), "timeout": "7s"}
    del fields["csrf"]
    visitor.send("/settings/of/sn", **fields)
    assert secrets_of(kept) == {"auth.password": PASSWORD}
    fields = {**filled(visitor.see("/settings/of/sn/edit")), "auth.password": "fresh"}
    assert fields["timeout"] == "7"
    del fields["csrf"]
    visitor.send("/settings/of/sn", **fields)
    assert secrets_of(kept) == {"auth.password": "fresh"}


def test_who_changes_what_somebody_else_has_changed_meanwhile_is_told(kept):
    ann, ben = kept.visitor(), kept.visitor()
    fields = filled(ann.see("/settings/of/sn/edit"))
    del fields["csrf"]
    ben.send("/settings/of/sn", **{**fields, "timeout": "7s"})
    answer = ann.send("/settings/of/sn", **{**fields, "timeout": "9s"})
    assert answer.status_code == 412
    assert "it was changed meanwhile" in words(answer.text).replace("It was", "it was")
    assert kept.api.services.connections.get("sn").settings["timeout"] == 7


def test_a_kept_secret_does_not_go_along_to_another_address(kept):
    visitor = kept.visitor()
    fields = {**filled(visitor.see("/settings/of/sn/edit")), "url": "https://evil.service-now.com"}
    del fields["csrf"]
    answer = visitor.send("/settings/of/sn", **fields)
    assert answer.status_code == 422
    assert re.search(r'id="auth.password-about"><strong class="bad">is missing', answer.text)
    assert secrets_of(kept) == {"auth.password": PASSWORD}


def test_what_does_not_fit_is_said_beside_its_field_and_what_was_typed_stays(house):
    answer = house.visitor().send("/settings/new", **{**SERVICENOW, "timeout": "soon", "limits.concurrency": "900"})
    assert answer.status_code == 422
    assert 'value="https://acme.service-now.com"' in answer.text
    assert 'value="soon"' in answer.text
    assert re.search(r'id="timeout-about"><strong class="bad">a duration is a number', answer.text)
    assert re.search(r'id="limits.concurrency-about"><strong class="bad">Input should be less', answer.text)
    assert PASSWORD not in answer.text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": "No good"}, "small letters, digits"),
        ({"name": "file-jira"}, "read-only here"),
        ({"url": "https://internal.example"}, "the host internal.example is not allowed"),
        ({"way": "bearer"}, "not signed in to in this way"),
        ({"kind": "excel"}, "it is jira or servicenow"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(house, wrong, says):
    answer = house.visitor().send("/settings/new", **{**SERVICENOW, **wrong})
    assert answer.status_code in (409, 422)
    assert says in words(answer.text)
    assert house.api.services.connections.all() == []


def test_a_webhook_is_there_only_where_it_is_ticked(house):
    visitor = house.visitor()
    jira = {
        "kind": "jira", "way": "oauth2_client_credentials", "name": "cloud", "url": "https://acme.atlassian.net",
        "auth.client_id": "c", "auth.client_secret": CLIENT, "webhook.secret": HOOK, "verify": "on",
    }  # fmt: skip
    visitor.send("/settings/new", **jira)
    assert "webhook" not in house.api.services.connections.get("cloud").settings
    fields = {**filled(visitor.see("/settings/of/cloud/edit")), "webhook.on": "on", "webhook.secret": HOOK}
    del fields["csrf"]
    visitor.send("/settings/of/cloud", **fields)
    assert secrets_of(house, "cloud") == {"auth.client_secret": CLIENT, "webhook.secret": HOOK}
    fields = filled(visitor.see("/settings/of/cloud/edit"))
    del fields["csrf"]
    visitor.send("/settings/of/cloud", **fields)
    assert secrets_of(house, "cloud")["webhook.secret"] == HOOK, "an empty field keeps it"


@pytest.mark.parametrize(("kind", "model"), [("jira", JiraConnection), ("servicenow", ServiceNowConnection)])
def test_every_setting_that_may_be_kept_is_on_the_form(house, kind, model):
    page = house.visitor().see(f"/settings/new?kind={kind}")
    names = {name.split(".")[0] for name in re.findall(r'name="([\w.]+)"', page)}
    assert set(model.model_fields) - {"type", "cert", "key"} <= names


def test_a_test_says_who_we_are_there_or_why_not(kept):
    visitor = kept.visitor()
    kept.api.found = Found(
        "svc_syncd", {"release": "Yokohama <b>", "tables": ["incident", "problem"], "zone": ""}, None
    )
    read = words(visitor.send("/settings/of/sn/test").text)
    assert "It works" in read
    assert "Signed in as svc_syncd Release Yokohama <b> Tables incident, problem" in read
    assert "Zone" not in read
    kept.api.found = Found(problems=("the credentials were refused",))
    assert "It does not work the credentials were refused" in words(visitor.send("/settings/of/sn/test").text)
    assert [(name, in_use) for name, _, in_use in kept.api.tested] == [("sn", True)] * 2


def test_one_that_nobody_uses_is_deleted_after_one_is_sure(kept):
    visitor = kept.visitor()
    assert "cannot be brought back" in words(visitor.send("/settings/of/sn/delete").text)
    assert kept.api.services.connections.get("sn") is not None
    visitor.send("/settings/of/sn/delete", sure="yes")
    assert kept.api.services.connections.get("sn") is None
    visitor.send("/settings/new", **{**SERVICENOW, "name": "servicenow"})
    refused = visitor.send("/settings/of/servicenow/delete", sure="yes")
    assert (refused.status_code, "is named by mapping ops" in words(refused.text)) == (409, True)


@pytest.mark.parametrize("role", Role)
def test_no_secret_is_on_any_page(kept, role):
    visitor = kept.visitor(role)
    more = ("/settings/of/sn", "/settings/of/sn/edit", "/settings/of/sn/edit?way=oauth2_password")
    for address in (*PAGES, *FOR_OPERATORS, *FOR_ADMINS, *more):
        text = visitor.client.get(address).text
        for secret in (PASSWORD, "jira-pw", *kept.api.tokens.values()):
            assert secret not in text, address
