"""Testing a connection against both sandboxes: what is found when all is well, and what is said when it is not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncd.mapping import load_mappings
from syncd.sandbox.jira import JiraSandbox, generate_issues
from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import ServiceNowSandbox
from syncd.settings.stored import checked
from syncd.store.refusals import Refusals, row_of
from syncd.wiring.credentials import digest_of
from syncd.wiring.proving import Prover

JIRA_AUTH = {"type": "basic", "username": "bot@example.com", "password": "jira-token"}
SERVICENOW_AUTH = {"type": "basic", "username": "svc_syncd", "password": "syncd"}


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    jira = JiraSandbox(flavour="cloud", issues=list(generate_issues(3, seed=1)), seed=1)
    with Server(jira.app) as one, Server(ServiceNowSandbox(seed=1).app) as other:
        yield {"jira": one.url, "servicenow": other.url}


@pytest.fixture
def prove(database, mappings, addresses):
    text = (mappings / "ops.yaml").read_text().replace("project = OPS", "project is not EMPTY")
    (mappings / "ops.yaml").write_text(text)
    prover = Prover(database, (), lambda call: None, load_mappings(mappings), lambda connection: None)

    def prove(kind: str, auth: dict[str, str], name: str | None = None, **more: object):
        settings = {"type": kind, "url": addresses[kind], "auth": auth, **more}
        return prover(name or kind, checked(settings), False)

    return prove


def test_jira_says_who_we_are_and_what_time_it_is(prove):
    found = prove("jira", JIRA_AUTH)
    assert found.problems == []
    assert found.user
    assert found.clock is not None
    assert found.about["site"]


def test_servicenow_says_who_we_are_and_that_the_tables_can_be_read(prove):
    found = prove("servicenow", SERVICENOW_AUTH)
    assert found.problems == []
    assert (found.user, found.about["tables"]) == ("svc_syncd", ["incident"])


@pytest.mark.parametrize(("kind", "auth"), [("jira", JIRA_AUTH), ("servicenow", SERVICENOW_AUTH)])
def test_wrong_credentials_are_said_and_not_repeated(prove, kind, auth):
    found = prove(kind, {**auth, "password": "hunter2-wrong"})
    (problem,) = found.problems
    assert problem.startswith(f"{kind}: ")
    assert "hunter2" not in problem


def test_what_a_mapping_needs_and_is_not_there_is_named(database, mappings, addresses):
    text = (mappings / "ops.yaml").read_text().replace("  description: {", "  no_such_column: {")
    (mappings / "ops.yaml").write_text(text)
    prover = Prover(database, (), lambda call: None, load_mappings(mappings), lambda connection: None)
    settings = checked({"type": "servicenow", "url": addresses["servicenow"], "auth": SERVICENOW_AUTH})
    (problem,) = prover("servicenow", settings, True).problems
    assert problem.startswith("mapping ops: incident has no column no_such_column, or hides it")


def test_a_refresh_token_is_not_spent_for_a_look(prove):
    auth = {"type": "oauth2_refresh_token", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    assert "keep these settings, then test them" in prove("jira", auth).problems[0]


def test_what_was_mended_at_the_other_end_is_tried_when_somebody_tests_it(database, mappings, addresses):
    settings = checked({"type": "servicenow", "url": addresses["servicenow"], "auth": SERVICENOW_AUTH})
    refusals = Refusals(database)
    row = row_of("servicenow", digest_of("servicenow", settings))
    refusals.begin(row)
    refusals.refuse(row, 900.0)
    prover = Prover(database, (), lambda call: None, load_mappings(mappings), lambda connection: None)
    assert prover("servicenow", settings, True).user == "svc_syncd"
    assert refusals.are_good(row)
