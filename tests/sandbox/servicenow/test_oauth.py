"""Tokens and API keys."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from syncd.sandbox.servicenow import OAuthClient
from tests.sandbox.servicenow.conftest import Serve, Served

CLIENT = {"client_id": "syncd-client", "client_secret": "syncd-secret"}
PASSWORD = CLIENT | {"grant_type": "password", "username": "svc_syncd", "password": "syncd"}
DENIED = {"error_description": "access_denied", "error": "server_error"}
JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def ask(served: Served, form: dict[str, str], **options: Any) -> requests.Response:
    return requests.post(f"{served.url}/oauth_token.do", data=form, timeout=10, **options)


def status_with(served: Served, token: str, path: str = "/api/now/table/incident") -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(served.url + path, headers=headers, timeout=10).status_code


def test_a_password_gets_a_token_and_the_same_one_again_until_it_expires(served: Served) -> None:
    first = ask(served, PASSWORD).json()
    assert first.keys() == {"access_token", "refresh_token", "scope", "token_type", "expires_in"}
    assert (first["scope"], first["token_type"]) == ("useraccount", "Bearer")
    assert 1790 < first["expires_in"] <= 1800
    assert status_with(served, first["access_token"]) == 200
    served.sandbox.clock.advance(1000)
    again = ask(served, PASSWORD).json()
    assert again["access_token"] == first["access_token"]
    assert 780 < again["expires_in"] < 800
    served.sandbox.clock.advance(1000)
    assert status_with(served, first["access_token"]) == 401
    refreshed = ask(served, CLIENT | {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}).json()
    assert refreshed["access_token"] != first["access_token"]
    assert status_with(served, refreshed["access_token"]) == 200


def test_client_credentials_get_no_refresh_token(served: Served) -> None:
    token = ask(served, CLIENT | {"grant_type": "client_credentials"}).json()
    assert "refresh_token" not in token
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    query = {"sysparm_query": "user_name=javascript:gs.getUserName()", "sysparm_fields": "user_name"}
    answer = requests.get(f"{served.url}/api/now/table/sys_user", params=query, headers=headers, timeout=10)
    assert answer.json()["result"] == [{"user_name": "svc_syncd"}]


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD | {"password": "wrong"},
        PASSWORD | {"client_secret": "wrong"},
        PASSWORD | {"grant_type": "nonsense"},
        CLIENT | {"grant_type": "refresh_token", "refresh_token": "nonsense"},
        CLIENT | {"grant_type": JWT, "assertion": "a.b.c"},
        {},
    ],
)
def test_every_refusal_has_the_same_words(served: Served, form: dict[str, str]) -> None:
    answer = ask(served, form)
    assert (answer.status_code, answer.json()) == (401, DENIED)


def test_json_is_no_form(served: Served) -> None:
    answer = requests.post(f"{served.url}/oauth_token.do", json=PASSWORD, timeout=10)
    assert (answer.status_code, answer.json()) == (401, DENIED)


def test_client_credentials_may_be_switched_off(serve: Serve) -> None:
    served = serve(client_credentials_enabled=False)
    assert ask(served, CLIENT | {"grant_type": "client_credentials"}).status_code == 401


def test_a_scoped_client_gets_a_token_that_no_table_accepts(serve: Serve) -> None:
    served = serve(oauth_clients=(OAuthClient("c", "s", scoped=True),))
    token = ask(served, {"grant_type": "client_credentials", "client_id": "c", "client_secret": "s"}).json()
    headers = {"Authorization": f"Bearer {token['access_token']}"}
    answer = requests.get(f"{served.url}/api/now/table/incident", headers=headers, timeout=10)
    assert answer.status_code == 403
    assert answer.json()["error"]["detail"] == "Access to unscoped api is not allowed"


def test_tokens_may_be_revoked_in_the_middle_of_a_run(served: Served) -> None:
    token = ask(served, PASSWORD).json()["access_token"]
    served.sandbox.tokens.expire_all()
    assert status_with(served, token) == 401


def signed(key: RSAPrivateKey, claims: dict[str, Any]) -> str:
    def part(document: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()

    unsigned = f"{part({'alg': 'RS256', 'kid': 'k'})}.{part(claims)}"
    signature = key.sign(unsigned.encode(), PKCS1v15(), SHA256())
    return f"{unsigned}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def test_a_signed_jwt_speaks_for_its_subject(serve: Serve) -> None:
    key = generate_private_key(65537, 2048)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    served = serve(oauth_clients=(OAuthClient("c", "s", public_key=pem),))
    now = served.sandbox.clock.now().timestamp()
    good = {"iss": "c", "aud": "c", "sub": "svc_syncd@example.com", "exp": now + 60}

    def status(claims: dict[str, Any], signer: RSAPrivateKey = key) -> int:
        form = {"grant_type": JWT, "client_id": "c", "client_secret": "s", "assertion": signed(signer, claims)}
        return ask(served, form).status_code

    assert status(good) == 200
    assert status(good | {"exp": now - 1}) == 401
    assert status(good | {"sub": "nobody"}) == 401
    assert status(good | {"aud": "other"}) == 401
    assert status(good, generate_private_key(65537, 2048)) == 401


def test_an_api_key_in_the_header_or_the_query(served: Served) -> None:
    url = f"{served.url}/api/now/table/incident"
    for options in ({"headers": {"x-sn-apikey": "syncd-api-key"}}, {"params": {"x-sn-apikey": "syncd-api-key"}}):
        assert requests.get(url, timeout=10, **options).status_code == 200
    assert requests.get(url, headers={"x-sn-apikey": "wrong"}, timeout=10).status_code == 401
