"""Scoped API tokens: calls go through Atlassian's gateway, found by the site's cloud id; people's links do not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from syncd.errors import AuthError, UnavailableError
from syncd.jira import JiraSource
from syncd.sandbox.jira import JiraSandbox, generate_issues
from syncd.sandbox.serve import Server
from syncd.store import Database
from syncd.store.schema import make_ready
from tests.jira.ways import Process

SCOPED = {"type": "basic", "username": "bot@example.com", "password": "jira-scoped-token"}


class Site:
    def __init__(self, sandbox: JiraSandbox, url: str, process: Process) -> None:
        self.sandbox, self.url, self.process = sandbox, url, process

    def source(self, **settings: Any) -> JiraSource:
        return self.process.source(**{"url": self.url, "gateway": self.url, "auth": SCOPED, **settings})


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[Site]:
    url = f"sqlite:///{tmp_path / 'syncd.db'}"
    database = Database(url)
    make_ready(database)
    sandbox = JiraSandbox(flavour=request.param, issues=generate_issues(2))
    with Server(sandbox.app) as server:
        process = Process(url)
        yield Site(sandbox, server.url, process)
        process.close()
    database.close()


on_cloud = pytest.mark.parametrize("site", ["cloud"], indirect=True)
on_data_center = pytest.mark.parametrize("site", ["datacenter"], indirect=True)


@on_cloud
def test_a_scoped_token_works_once_the_connection_says_that_it_is_one(site: Site) -> None:
    source = site.source(scoped=True)
    source.prove()
    ids = [stub.id for page in source.changed_since("project = OPS", None) for stub in page.stubs]
    assert [issue.url.rpartition("/")[0] for issue in source.fetch(ids, ["summary"]).issues] == [
        f"{site.url}/browse"
    ] * 2
    assert source.site == site.url.removeprefix("http://")
    assert site.process.made()[:2] == ["tenant", "server"]
    assert site.process.made().count("tenant") == 1


@on_cloud
def test_without_saying_so_it_is_a_stranger(site: Site) -> None:
    with pytest.raises(AuthError, match="scoped: true"):
        site.source().prove()


@on_cloud
def test_an_ordinary_token_stays_with_the_site(site: Site) -> None:
    site.source(auth={**SCOPED, "password": "jira-token"}).prove()
    assert "tenant" not in site.process.made()


@on_cloud
def test_a_dead_one_is_refused_by_the_gateway_and_rests(site: Site) -> None:
    source = site.source(scoped=True)
    source.prove()
    site.sandbox.revoke()
    for _ in range(5):
        with pytest.raises(AuthError, match="nothing is sent until"):
            source.prove()
    assert [call.outcome for call in site.process.calls].count("auth") == 1


@on_cloud
def test_a_site_that_cannot_be_reached_is_asked_again_later(site: Site) -> None:
    source = site.source(url="http://127.0.0.1:9", scoped=True)
    for _ in range(2):
        with pytest.raises(UnavailableError, match="cannot be reached"):
            source.prove()


@on_data_center
def test_a_data_center_has_none(site: Site) -> None:
    with pytest.raises(AuthError, match="take `scoped` away"):
        site.source(scoped=True).prove()
