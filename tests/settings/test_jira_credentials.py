"""What may be said about getting into a Jira, and what is said when it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from syncd.errors import UserError
from syncd.settings import JiraConnection, Settings, load_settings
from syncd.store.secrets import new_key

SECRET = "correct-horse-battery"
CLIENT = {"client_id": "c", "client_secret": SECRET}
BASIC = {"type": "basic", "username": "bot@example.com", "password": SECRET}
REFRESH = {"type": "oauth2_refresh_token", **CLIENT, "refresh_token": SECRET}

Load = Callable[..., Settings]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(connection: dict[str, Any], **settings: Any) -> Settings:
        jira = {"type": "jira", "url": "https://example.atlassian.net", **connection}
        file = tmp_path / "syncd.yaml"
        file.write_text(yaml.safe_dump({"connections": {"jira": jira}, **settings}), encoding="utf-8")
        return load_settings(file)

    return load


def connection(load: Load, settings: dict[str, Any], **process: Any) -> JiraConnection:
    found = load(settings, **process).connections["jira"]
    assert isinstance(found, JiraConnection)
    return found


def problems(load: Load, settings: dict[str, Any], **process: Any) -> list[str]:
    with pytest.raises(UserError) as caught:
        load(settings, **process)
    assert SECRET not in str(caught.value)
    return list(caught.value.problems)


@pytest.mark.parametrize(
    ("kind", "keys"),
    [
        ("basic", ["username", "password"]),
        ("bearer", ["token"]),
        ("oauth2_client_credentials", ["client_id", "client_secret"]),
        ("oauth2_refresh_token", ["client_id", "client_secret", "refresh_token"]),
    ],
)
def test_each_type_wants_its_keys_and_no_others(kind: str, keys: list[str], load: Load) -> None:
    given = {"type": kind, **dict.fromkeys(keys, SECRET)}
    assert connection(load, {"auth": given}, secret_key=new_key()).auth.type == kind
    assert problems(load, {"auth": {"type": kind, "key": SECRET}}) == [
        *(f"connections.jira.auth.{key}: is missing" for key in keys),
        "connections.jira.auth.key: there is no such setting",
    ]


def test_a_refresh_token_may_stand_in_a_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET + "\n")
    auth = {"type": "oauth2_refresh_token", **CLIENT, "refresh_token_file": str(tmp_path / "token")}
    found = connection(load, {"auth": auth}, secret_key=new_key()).auth
    assert found.refresh_token.get_secret_value() == SECRET  # type: ignore[union-attr]  # its type is the one above


def test_a_refresh_token_needs_a_key_to_be_kept_with(load: Load) -> None:
    (problem,) = problems(load, {"auth": REFRESH})
    assert problem.startswith("secret_key: is needed by connections.jira.auth: each use of a refresh token spends it")
    assert "syncd secrets keygen" in problem


@pytest.mark.parametrize(
    ("token_url", "complaint"),
    [("http://idp.bank.com/token", "plain http://"), ("https://me:x@idp.bank.com/token", "carries credentials")],
)
def test_a_token_url_that_shows_secrets(token_url: str, complaint: str, load: Load) -> None:
    auth = {"type": "oauth2_client_credentials", **CLIENT, "token_url": token_url}
    (problem,) = problems(load, {"auth": auth})
    assert problem.startswith("connections.jira.auth: token_url: ")
    assert complaint in problem


def test_http_may_be_allowed_for_all_of_a_connection(load: Load) -> None:
    auth = {"type": "oauth2_client_credentials", **CLIENT, "token_url": "http://idp.test/token"}
    found = connection(load, {"allow_http": True, "gateway": "http://gateway.test", "auth": auth})
    assert str(found.gateway).startswith("http://gateway.test")


def test_only_api_tokens_are_scoped(load: Load) -> None:
    assert connection(load, {"auth": BASIC, "scoped": True}).scoped
    (problem,) = problems(load, {"auth": {"type": "bearer", "token": SECRET}, "scoped": True})
    assert problem.startswith("connections.jira.scoped: only API tokens are scoped")


def test_limits(load: Load) -> None:
    limits = connection(load, {"auth": BASIC}).limits
    assert (limits.requests_per_hour, limits.concurrency, limits.refused_rest) == (None, 8, 60)
    assert connection(load, {"auth": BASIC, "limits": {"refused_rest": "5m"}}).limits.refused_rest == 300
    (problem,) = problems(load, {"auth": BASIC, "limits": {"requests_per_hour": 3}})
    assert problem.startswith("connections.jira.limits.requests_per_hour: ")
