"""OAuth for Jira, from settings to answers over HTTP: on Cloud through the gateway, on Data Center as one says."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from syncd.errors import AuthError, UserError
from syncd.sandbox.jira import JiraSandbox, generate_issues
from syncd.sandbox.jira.refresh_tokens import RefreshTokens
from syncd.sandbox.serve import Server
from syncd.store import Database
from syncd.store.secrets import Slot
from tests.jira.ways import CLIENT, Process, Tokens, tokens_before

CLIENT_CREDENTIALS = {"type": "oauth2_client_credentials", **CLIENT}


class Cloud:
    """A Cloud site, its gateway and its token endpoint, and the processes that use it."""

    def __init__(self, sandbox: JiraSandbox, url: str, database_url: str) -> None:
        self.sandbox, self.url = sandbox, url
        self._database_url = database_url
        self._processes: list[Process] = []
        self.spent: list[str] = []
        use = RefreshTokens.use

        def watched(token: str, fresh: str, now: Any) -> bool:
            self.spent.append(token)
            return use(sandbox.site.refresh_tokens, token, fresh, now)

        sandbox.site.refresh_tokens.use = watched  # type: ignore[method-assign]  # to see what is spent

    def settings(self, **auth: Any) -> dict[str, Any]:
        auth = {"token_url": f"{self.url}/oauth/token", **CLIENT, **auth}
        return {"url": self.url, "gateway": self.url, "auth": auth}

    def refreshing(self, token: str = "jira-refresh-token") -> dict[str, Any]:
        return self.settings(type="oauth2_refresh_token", refresh_token=token)

    def process(self, **options: Any) -> Process:
        self._processes.append(Process(self._database_url, **options))
        return self._processes[-1]

    def tokens_asked(self) -> int:
        return self.sandbox.calls["POST /oauth/token"]

    def close(self) -> None:
        for process in self._processes:
            process.close()


@pytest.fixture
def cloud(database_url: str, database: Database) -> Iterator[Cloud]:
    sandbox = JiraSandbox(flavour="cloud", issues=generate_issues(3))
    with Server(sandbox.app) as server:
        held = Cloud(sandbox, server.url, database_url)
        yield held
        held.close()


class TestOnCloud:
    def test_client_credentials_go_through_the_gateway_and_links_lead_to_the_site(self, cloud: Cloud) -> None:
        source = cloud.process().source(**cloud.settings(type="oauth2_client_credentials"))
        source.prove()
        issues = [stub.id for page in source.changed_since("project = OPS", None) for stub in page.stubs]
        fetched = source.fetch(issues, ["summary"]).issues
        assert len(fetched) == 3
        assert all(issue.url.startswith(f"{cloud.url}/browse/") for issue in fetched)
        assert source.site == cloud.url.removeprefix("http://")
        assert cloud.tokens_asked() == 1

    def test_the_way_is_asked_once(self, cloud: Cloud) -> None:
        process = cloud.process()
        source = process.source(**cloud.settings(type="oauth2_client_credentials"))
        for _ in range(3):
            source.prove()
        assert process.made() == ["server", "tenant", "oauth.token", "server", *["myself"] * 3]

    def test_an_expired_token_is_renewed_and_is_no_refusal(self, cloud: Cloud) -> None:
        process = cloud.process()
        source = process.source(**cloud.settings(type="oauth2_client_credentials"))
        source.prove()
        cloud.sandbox.clock.advance(3601)
        source.prove()
        assert cloud.tokens_asked() == 2
        assert process.source(**cloud.settings(type="oauth2_client_credentials")).prove(), "and nothing rests"

    def test_a_wrong_secret_is_one_call_to_the_token_endpoint_and_then_a_rest(self, cloud: Cloud) -> None:
        settings = cloud.settings(type="oauth2_client_credentials", client_secret="wr0ng-s3cret")
        sources = [cloud.process().source(**settings) for _ in range(2)]
        for source in sources * 3:
            with pytest.raises(AuthError) as caught:
                source.prove()
            shown = "".join(traceback.format_exception(caught.value))
            assert "wr0ng-s3cret" not in shown
            assert "nothing is sent until" in str(caught.value)
        assert cloud.tokens_asked() == 1
        cloud.process().source(**cloud.settings(type="oauth2_client_credentials")).prove()


class TestARotatingRefreshToken:
    def test_goes_from_process_to_process_and_is_never_spent_twice(self, cloud: Cloud) -> None:
        sources = [cloud.process().source(**cloud.refreshing()) for _ in range(3)]
        for _ in range(4):
            at_once([source.prove for source in sources])
            cloud.sandbox.clock.advance(3601)
        assert cloud.spent[0] == "jira-refresh-token"
        assert len(cloud.spent) == len(set(cloud.spent)) == 4

    def test_is_kept_before_its_access_token_is_used(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        """Killed right after the exchange: the one before serves ten minutes longer, for that (jira facts 10.3)."""

        class KilledError(BaseException):
            pass

        def dies(slot: Slot, text: str) -> None:
            raise KilledError

        cloud.process().source(**cloud.refreshing()).prove()
        cloud.sandbox.clock.advance(3601)
        victim = cloud.process()
        with monkeypatch.context() as killed:
            killed.setattr(Slot, "put", dies)
            with pytest.raises(KilledError):
                victim.source(**cloud.refreshing()).prove()
        assert victim.made()[-1] == "oauth.token", "the new access token was used before its refresh token was kept"
        cloud.process().source(**cloud.refreshing()).prove()
        assert cloud.spent[1] == cloud.spent[2], "it asked again with the one that was kept"
        cloud.sandbox.clock.advance(3601)
        cloud.process().source(**cloud.refreshing()).prove()

    def test_that_is_dead_says_what_to_do(self, cloud: Cloud) -> None:
        cloud.process().source(**cloud.refreshing()).prove()
        cloud.sandbox.site.refresh_tokens.current = "revoked by an administrator"
        cloud.sandbox.clock.advance(3601)
        source = cloud.process().source(**cloud.refreshing())
        for _ in range(3):
            with pytest.raises(AuthError, match="make a new one and set refresh_token") as caught:
                source.prove()
            assert "nothing is sent until" in str(caught.value)
        assert len(cloud.spent) == 2

    def test_that_the_operator_replaced_goes_before_the_one_that_was_kept(self, cloud: Cloud) -> None:
        cloud.process().source(**cloud.refreshing()).prove()
        cloud.sandbox.clock.advance(86_400)
        cloud.sandbox.site.refresh_tokens.current = "a-new-one"
        with pytest.raises(AuthError):
            cloud.process().source(**cloud.refreshing()).prove()
        cloud.process().source(**cloud.refreshing("a-new-one")).prove()
        cloud.sandbox.clock.advance(86_400)
        cloud.process().source(**cloud.refreshing("a-new-one")).prove()
        assert cloud.spent[-2] == "a-new-one"
        assert cloud.spent[-1] not in ("a-new-one", "jira-refresh-token"), "the one that was kept since"

    def test_is_nowhere_in_the_database_in_clear(self, cloud: Cloud, database: Database) -> None:
        cloud.process().source(**cloud.refreshing()).prove()
        with database.read() as connection:
            rows = str(connection.exec_driver_sql("SELECT * FROM secrets").all())
            rows += str(connection.exec_driver_sql("SELECT * FROM quotas").all())
        assert "jira: tokens" in rows
        assert cloud.sandbox.site.refresh_tokens.current not in rows
        assert "jira-refresh-token" not in rows

    def test_cannot_be_kept_without_a_key(self, cloud: Cloud) -> None:
        process = cloud.process(keys=())
        with pytest.raises(UserError, match="syncd secrets keygen"):
            process.source(**cloud.refreshing())
        assert process.made() == []


@pytest.fixture
def data_center(database_url: str, database: Database) -> Iterator[tuple[Cloud, Tokens, str]]:
    sandbox = JiraSandbox(flavour="datacenter", issues=generate_issues(1))
    with Server(sandbox.app) as server, tokens_before(sandbox) as (tokens, token_url):
        held = Cloud(sandbox, server.url, database_url)
        yield held, tokens, token_url
        held.close()


class TestOnDataCenter:
    def test_client_credentials(self, data_center: tuple[Cloud, Tokens, str]) -> None:
        jira, tokens, token_url = data_center
        source = jira.process().source(url=jira.url, auth={**CLIENT_CREDENTIALS, "token_url": token_url})
        source.prove()
        tokens.expire()
        source.prove()
        assert [form["grant_type"] for form in tokens.asked] == ["client_credentials"] * 2

    def test_a_rotating_refresh_token_in_two_processes(self, data_center: tuple[Cloud, Tokens, str]) -> None:
        jira, tokens, token_url = data_center
        auth = {**CLIENT, "type": "oauth2_refresh_token", "refresh_token": "refresh-0", "token_url": token_url}
        sources = [jira.process().source(url=jira.url, auth=auth) for _ in range(2)]
        for _ in range(3):
            at_once([source.prove for source in sources])
            tokens.expire()
        spent = [form["refresh_token"] for form in tokens.asked]
        assert len(spent) == len(set(spent)) == 3

    def test_without_a_token_url_nothing_is_guessed(self, data_center: tuple[Cloud, Tokens, str]) -> None:
        jira, tokens, _ = data_center
        process = jira.process()
        with pytest.raises(AuthError, match=r"set auth\.token_url"):
            process.source(url=jira.url, auth=CLIENT_CREDENTIALS).prove()
        assert process.made() == ["server"]
        assert tokens.asked == []


def at_once(calls: list[Callable[[], Any]]) -> None:
    """Each in a thread of its own, all at the same time; the first failure is raised."""
    ready, failures = threading.Barrier(len(calls)), []

    def work(call: Callable[[], Any]) -> None:
        ready.wait(5)
        try:
            call()
        except Exception as error:  # told to the test below
            failures.append(error)

    threads = [threading.Thread(target=work, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for failure in failures:
        raise failure
