"""Tokens: fetched when needed, renewed before they expire and once when refused, by one thread for all."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable

import pytest
import responses
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from syncd.errors import AuthError, UnavailableError
from syncd.oauth import Grant
from syncd.oauth.tokens import EARLY_SECONDS
from syncd.sandbox.servicenow import OAuthClient
from syncd.servicenow import (
    ClientCredentialsGrant,
    JwtGrant,
    OAuth,
    PasswordGrant,
    RefreshTokenGrant,
    ServiceNowClient,
)
from tests.servicenow.canned import rows
from tests.servicenow.conftest import URL
from tests.servicenow.instance import Served

PASSWORD = PasswordGrant("syncd-client", "syncd-secret", "svc_syncd", "syncd")
CLIENT = ClientCredentialsGrant("syncd-client", "syncd-secret")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def tokens_asked(instance: Served) -> int:
    return instance.sandbox.calls.count(method="POST", route="oauth.token")


def key_pair() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.mark.parametrize("grant", [PASSWORD, CLIENT], ids=["password", "client credentials"])
def test_a_token_is_fetched_once_and_used(grant: Grant, instance: Served) -> None:
    client = instance.client(OAuth(grant))
    assert client.test_connection().user_name == "svc_syncd"
    client.create_incident("x")
    assert tokens_asked(instance) == 1


def test_a_signed_assertion_is_as_good(instance: Served) -> None:
    private, public = key_pair()
    instance.sandbox.set_options(oauth_clients=(OAuthClient("jwt", "secret", public_key=public),))
    client = instance.client(OAuth(JwtGrant("jwt", "secret", private, "key-1", "svc_syncd")))
    assert client.test_connection().user_name == "svc_syncd"
    other, _ = key_pair()
    with pytest.raises(AuthError):
        instance.client(OAuth(JwtGrant("jwt", "secret", other, "key-1", "svc_syncd"))).test_connection()


def test_a_refresh_token_that_was_given_is_kept_up_to_date(instance: Served) -> None:
    kept: list[str] = []
    instance.client(OAuth(PASSWORD, keep=kept.append)).test_connection()
    (given,) = kept
    again: list[str] = []
    grant = RefreshTokenGrant("syncd-client", "syncd-secret", given)
    client = instance.client(OAuth(grant, keep=again.append))
    assert client.test_connection().user_name == "svc_syncd"
    assert again == [given]


class TestRenewal:
    def test_before_it_expires(self, instance: Served, clock: Clock) -> None:
        client = instance.client(OAuth(CLIENT, clock=clock))
        client.test_connection()
        clock.now = 1000  # what is left of it is told in whole seconds, and some have passed
        client.test_connection()
        assert tokens_asked(instance) == 1
        clock.now = 1799 - EARLY_SECONDS + 1
        client.test_connection()
        assert tokens_asked(instance) == 2

    def test_an_instance_that_hands_out_the_old_one_is_not_asked_every_time(
        self, instance: Served, clock: Clock
    ) -> None:
        """It does so until the token has expired (servicenow facts 7.4)."""
        client = instance.client(OAuth(CLIENT, clock=clock))
        client.test_connection()
        instance.sandbox.clock.advance(1780)
        clock.now = 1780.0
        for _ in range(10):
            client.test_connection()
        assert tokens_asked(instance) == 2

    @pytest.mark.parametrize("grant", [PASSWORD, CLIENT], ids=["password", "client credentials"])
    def test_once_when_it_is_refused_even_for_a_write(self, grant: Grant, instance: Served) -> None:
        client = instance.client(OAuth(grant))
        client.test_connection()
        instance.sandbox.tokens.expire_all()
        client.create("incident", {"short_description": "x"})
        assert len(instance.sandbox.rows("incident")) == 1
        assert tokens_asked(instance) == 2

    def test_the_password_is_used_again_when_the_refresh_token_is_spent(self, instance: Served, clock: Clock) -> None:
        client = instance.client(OAuth(PASSWORD, clock=clock))
        client.test_connection()
        instance.sandbox.clock.advance(101 * 86400)
        clock.now = 101 * 86400.0
        assert client.test_connection().user_name == "svc_syncd"

    def test_many_threads_fetch_one_token(self, instance: Served) -> None:
        client = instance.client(OAuth(CLIENT))
        ready = threading.Barrier(8)
        found: list[str] = []

        def work() -> None:
            ready.wait(5)
            found.append(client.test_connection().user_name)

        def all_at_once() -> None:
            threads = [threading.Thread(target=work) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        all_at_once()
        assert tokens_asked(instance) == 1
        instance.sandbox.tokens.expire_all()
        all_at_once()
        assert tokens_asked(instance) == 2
        assert found == ["svc_syncd"] * 16


@pytest.mark.parametrize(
    ("answer", "renewed_after"),
    [
        ({}, 540),
        ({"expires_in": 100}, 50),
        ({"expires_in": "1799"}, 1739),
        ({"expires_in": "nan"}, 540),
        ({"expires_in": None}, 540),
    ],
    ids=str,
)
def test_a_token_lives_as_long_as_the_answer_says(
    answer: dict[str, object], renewed_after: float, web: responses.RequestsMock, clock: Clock
) -> None:
    asked = web.post(f"{URL}/oauth_token.do", json={"access_token": "t", **answer})
    rows(web, "incident")
    with ServiceNowClient(URL, OAuth(CLIENT, clock=clock)) as client:
        client.count("incident")
        clock.now = renewed_after - 1
        client.count("incident")
        assert asked.call_count == 1
        clock.now = renewed_after + 1
        client.count("incident")
        assert asked.call_count == 2


def test_an_answer_without_a_token_is_none(web: responses.RequestsMock) -> None:
    web.post(f"{URL}/oauth_token.do", json={"scope": "useraccount"})
    with (
        ServiceNowClient(URL, OAuth(CLIENT), sleep=lambda seconds: None) as client,
        pytest.raises(UnavailableError, match="no access_token"),
    ):
        client.create("incident", {})


class TestRefusal:
    @pytest.mark.parametrize(
        "grant",
        [
            PasswordGrant("syncd-client", "syncd-secret", "svc_syncd", "wr0ng-p4ssword"),
            ClientCredentialsGrant("syncd-client", "wr0ng-p4ssword"),
            RefreshTokenGrant("syncd-client", "syncd-secret", "wr0ng-p4ssword"),
        ],
        ids=["password", "secret", "refresh token"],
    )
    def test_is_an_auth_error_without_secrets_and_is_tried_once(self, grant: Grant, instance: Served) -> None:
        client = instance.client(OAuth(grant))
        with pytest.raises(AuthError, match="gives no token") as caught:
            client.create_incident("x", fields={"state": "1"})
        shown = "".join(traceback.format_exception(caught.value)) + repr(client)
        assert "wr0ng" not in shown
        assert "syncd-secret" not in shown
        assert tokens_asked(instance) == 1

    def test_a_token_without_scope_names_the_cure(self, instance: Served) -> None:
        """Newer releases make OAuth clients that may only use their own scope (servicenow facts 7.5)."""
        instance.sandbox.set_options(oauth_clients=(OAuthClient("narrow", "secret", scoped=True),))
        with pytest.raises(AuthError, match="useraccount"):
            instance.client(OAuth(ClientCredentialsGrant("narrow", "secret"))).test_connection()

    @pytest.mark.parametrize("kind", ["hibernating", "server_error", "lost_request", "dropped"])
    def test_a_write_that_got_no_token_was_not_sent(self, kind: str, instance: Served) -> None:
        instance.sandbox.faults.add(kind, path="/oauth_token.do", count=0)
        with pytest.raises(UnavailableError):
            instance.client(OAuth(CLIENT)).create("incident", {"short_description": "x"})
        assert instance.sandbox.rows("incident") == []

    def test_a_passing_trouble_passes(self, instance: Served) -> None:
        instance.sandbox.faults.add("server_error", path="/oauth_token.do")
        instance.client(OAuth(CLIENT)).create("incident", {"short_description": "x"})
        assert len(instance.sandbox.rows("incident")) == 1


def test_it_belongs_to_a_client() -> None:
    unused: Callable[..., object] = OAuth(CLIENT)
    with pytest.raises(RuntimeError, match="ServiceNowClient"):
        unused(None)
