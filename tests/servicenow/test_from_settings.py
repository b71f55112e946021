"""Whatever credentials the settings name, the client that is made of them gets in."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import requests
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from syncd.errors import UserError
from syncd.sandbox.servicenow import OAuthClient
from syncd.settings import load_settings
from syncd.store.database import Database
from syncd.store.schema import make_ready
from syncd.store.secrets import new_key
from syncd.wiring.clients import Clients
from tests.servicenow.instance import Served

CLIENT = {"client_id": "syncd-client", "client_secret": "syncd-secret"}
USER = {"username": "svc_syncd", "password": "syncd"}
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
PUBLIC = (
    KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)


@pytest.mark.parametrize(
    "auth",
    [
        {"type": "basic", **USER},
        {"type": "api_key", "key": "syncd-api-key"},
        {"type": "oauth2_password", **CLIENT, **USER},
        {"type": "oauth2_client_credentials", **CLIENT},
        {"type": "oauth2_jwt", **CLIENT, "private_key": PRIVATE, "key_id": "k", "subject": "svc_syncd"},
    ],
    ids=lambda auth: auth["type"],
)
def test_each_type_gets_in(
    auth: dict[str, str], instance: Served, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    instance.sandbox.set_options(oauth_clients=(OAuthClient("syncd-client", "syncd-secret", public_key=PUBLIC),))
    connection = {"type": "servicenow", "url": instance.url, "auth": auth}
    (tmp_path / "syncd.yaml").write_text(yaml.safe_dump({"connections": {"one": connection, "two": connection}}))
    settings = load_settings(tmp_path / "syncd.yaml")
    database = Database(f"sqlite:///{tmp_path / 'syncd.db'}")
    make_ready(database)
    clients = Clients(database, (), lambda call: None, lambda connection: None)
    with caplog.at_level(logging.INFO, "syncd"):
        made = [clients.servicenow(name, settings.connections[name]) for name in ("one", "two")]
    assert [client.test_connection().user_name for client in made] == ["svc_syncd"] * 2
    told = [record for record in caplog.records if "kept in memory only" in record.message]
    assert len(told) == (1 if auth["type"].startswith("oauth2") else 0)
    clients.close()
    database.close()


def test_a_refresh_token_gets_in_and_what_comes_of_it_is_kept(instance: Served, tmp_path: Path) -> None:
    """A user has let the client in by a browser once; no password of his is anywhere."""
    form = {"grant_type": "password", **CLIENT, **USER}
    first = requests.post(f"{instance.url}/oauth_token.do", data=form, timeout=10).json()["refresh_token"]
    auth = {"type": "oauth2_refresh_token", **CLIENT, "refresh_token": first}
    config = {"secret_key": new_key(), "connections": {"sn": {"type": "servicenow", "url": instance.url, "auth": auth}}}
    (tmp_path / "syncd.yaml").write_text(yaml.safe_dump(config))
    settings = load_settings(tmp_path / "syncd.yaml")
    database = Database(f"sqlite:///{tmp_path / 'syncd.db'}")
    make_ready(database)
    for _ in range(2):  # the second is another process: it takes up what the first has left
        clients = Clients(database, settings.secret_keys, lambda call: None, lambda connection: None)
        client = clients.servicenow("sn", settings.connections["sn"])
        assert client.test_connection().user_name == "svc_syncd"
        clients.close()
    database.close()
    assert instance.sandbox.calls.count(method="POST", route="oauth.token") == 2, "one of this test, one of ours"


def test_a_refresh_token_needs_a_key_to_be_kept_with(tmp_path: Path) -> None:
    auth = {"type": "oauth2_refresh_token", **CLIENT, "refresh_token": "first"}
    config = {"connections": {"sn": {"type": "servicenow", "url": "https://acme.service-now.com", "auth": auth}}}
    (tmp_path / "syncd.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(UserError) as refused:
        load_settings(tmp_path / "syncd.yaml")
    assert "secret_key: is needed by connections.sn.auth" in str(refused.value)
