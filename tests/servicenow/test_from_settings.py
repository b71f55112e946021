"""Whatever credentials the settings name, the client that is made of them gets in."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from syncd.sandbox.servicenow import OAuthClient
from syncd.settings import load_settings
from syncd.store.database import Database
from syncd.store.schema import make_ready
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
    clients = Clients(database, (), lambda call: None)
    with caplog.at_level(logging.INFO, "syncd"):
        made = [clients.servicenow(name, settings.connections[name]) for name in ("one", "two")]
    assert [client.test_connection().user_name for client in made] == ["svc_syncd"] * 2
    told = [record for record in caplog.records if "kept in memory only" in record.message]
    assert len(told) == (1 if auth["type"].startswith("oauth2") else 0)
    clients.close()
    database.close()
