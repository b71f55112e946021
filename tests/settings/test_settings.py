"""What may be configured, in which ways, and what is said when it is wrong: everything at once, and no secret."""

from __future__ import annotations

import os
import textwrap

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from syncd.errors import UserError
from syncd.settings import load_settings, settings_schema
from syncd.store.secrets import new_key

SECRET = "correct-horse-battery"
BASIC = {"type": "basic", "username": "svc_syncd", "password": SECRET}


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    """In an empty folder, with none of our variables set."""
    for name in [name for name in os.environ if name.startswith("SYNCD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def pem(key):
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(encoding, form, serialization.NoEncryption()).decode()


RSA_KEY = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


@pytest.fixture
def load(tmp_path):
    """Settings from the text of a file."""

    def load(text=""):
        file = tmp_path / "syncd.yaml"
        file.write_text(textwrap.dedent(text), encoding="utf-8")
        return load_settings(file)

    return load


@pytest.fixture
def instance(load):
    """A ServiceNow connection with these keys beside its address."""

    def instance(*lines, auth="{type: basic, username: svc_syncd, password: correct-horse-battery}"):
        beside = "".join(f"    {line}\n" for line in lines)
        return load(
            "connections:\n  servicenow:\n    type: servicenow\n    url: https://example.service-now.com\n"
            f"    auth: {auth}\n{beside}"
        ).connections["servicenow"]

    return instance


def problems(load, *arguments, **options):
    """What is said to be wrong; never with a secret in it."""
    with pytest.raises(UserError) as caught:
        load(*arguments, **options)
    assert SECRET not in str(caught.value)
    assert caught.value.exit_code == 2
    return list(caught.value.problems)


class TestWithoutAnything:
    def test_there_are_defaults_for_all_but_the_connections(self):
        settings = load_settings()
        assert settings.database.get_secret_value() == "sqlite:///syncd.db"
        assert (settings.poll_interval, settings.workers) == (30, 8)
        assert settings.http.host == "127.0.0.1"
        assert settings.connections == {}
        assert settings.secret_keys == ()

    def test_an_instance_gets_time_for_its_whole_transaction_and_jira_half_a_minute(self, load):
        settings = load("""
            connections:
              jira: {type: jira, url: https://example.atlassian.net, auth: {type: bearer, token: x}}
              snow: {type: servicenow, url: https://example.service-now.com, auth: {type: api_key, key: x}}
        """)
        assert settings.connections["jira"].timeout == 30
        assert settings.connections["jira"].service_desks is True
        assert settings.connections["snow"].timeout == 65
        assert settings.connections["snow"].limits.concurrency == 4
        assert settings.connections["snow"].limits.requests_per_hour is None


@pytest.mark.parametrize(
    ("written", "seconds"), [("45", 45), ("'45'", 45), ("45s", 45), ("500ms", 0.5), ("1.5m", 90), ("2h", 7200)]
)
def test_durations(load, written, seconds):
    assert load(f"poll_interval: {written}").poll_interval == seconds


@pytest.mark.parametrize("written", ["fast", "0", "-1s", "5 days", ".inf", ".nan"])
def test_what_is_no_duration(load, written):
    (problem,) = problems(load, f"poll_interval: {written}")
    assert problem.startswith("poll_interval: ")


class TestWhereASettingComesFrom:
    FILE = """
        poll_interval: 10s
        connections:
          servicenow:
            type: servicenow
            url: https://example.service-now.com
            auth: {type: basic, username: file, password: file}
    """

    def test_the_environment_goes_before_the_file(self, load, monkeypatch):
        monkeypatch.setenv("SYNCD_POLL_INTERVAL", "1m")
        monkeypatch.setenv("SYNCD_CONNECTIONS__SERVICENOW__AUTH__PASSWORD", SECRET)
        settings = load(self.FILE)
        assert settings.poll_interval == 60
        assert settings.connections["servicenow"].auth.password.get_secret_value() == SECRET
        assert settings.connections["servicenow"].auth.username == "file"

    @pytest.mark.parametrize("prefix", ["", "SYNCD_", "syncd_"])
    def test_a_folder_of_secrets_goes_between_them(self, load, tmp_path, monkeypatch, prefix):
        folder = tmp_path / "secrets"
        folder.mkdir()
        for name, content in (("CONNECTIONS__SERVICENOW__AUTH__PASSWORD", SECRET), ("POLL_INTERVAL", "20s")):
            (folder / f"{prefix}{name if prefix.isupper() else name.lower()}").write_text(content + "\n")
        monkeypatch.setenv("SYNCD_SECRETS_DIR", str(folder))
        monkeypatch.setenv("SYNCD_POLL_INTERVAL", "30s")
        settings = load(self.FILE)
        assert settings.connections["servicenow"].auth.password.get_secret_value() == SECRET
        assert settings.poll_interval == 30

    def test_a_folder_that_is_not_there(self, load, monkeypatch):
        monkeypatch.setenv("SYNCD_SECRETS_DIR", "/no/such/folder")
        assert problems(load) == ["SYNCD_SECRETS_DIR (environment): there is no folder /no/such/folder"]

    def test_the_file_is_named_by_a_variable(self, tmp_path, monkeypatch):
        (tmp_path / "other.yaml").write_text("workers: 3")
        monkeypatch.setenv("SYNCD_CONFIG", str(tmp_path / "other.yaml"))
        assert load_settings().workers == 3

    def test_mappings_are_beside_the_file(self, load, tmp_path):
        assert load("mappings: maps").mappings == tmp_path / "maps"


class TestSecretFiles:
    def test_beside_any_secret(self, instance, tmp_path):
        (tmp_path / "password").write_text(SECRET + "\n")
        found = instance(auth=f"{{type: basic, username: svc, password_file: {tmp_path / 'password'}}}")
        assert found.auth.password.get_secret_value() == SECRET

    @pytest.mark.parametrize("name", ["database", "secret_key"])
    def test_also_for_the_process_and_from_the_environment(self, load, tmp_path, monkeypatch, name):
        value = "postgresql+psycopg://syncd:geheim@db/syncd" if name == "database" else new_key()
        (tmp_path / "secret").write_text(value + "\n")
        monkeypatch.setenv(f"SYNCD_{name.upper()}_FILE", str(tmp_path / "secret"))
        assert getattr(load(), name).get_secret_value() == value

    def test_that_cannot_be_read(self, instance):
        assert problems(instance, auth="{type: basic, username: svc, password_file: /no/such}") == [
            "connections.servicenow.auth.password: the file /no/such cannot be read: No such file or directory"
        ]

    def test_beside_the_secret_itself(self, instance):
        auth = f"{{type: basic, username: svc, password: {SECRET}, password_file: /etc/hosts}}"
        assert problems(instance, auth=auth) == [
            "connections.servicenow.auth.password: give password or password_file, not both"
        ]

    def test_that_is_empty(self, instance, tmp_path):
        (tmp_path / "password").write_text("\n")
        (problem,) = problems(instance, auth=f"{{type: api_key, key_file: {tmp_path / 'password'}}}")
        assert problem.startswith("connections.servicenow.auth.key: ")


class TestCredentialsForServiceNow:
    @pytest.mark.parametrize(
        ("kind", "keys"),
        [
            ("basic", ["username", "password"]),
            ("api_key", ["key"]),
            ("oauth2_client_credentials", ["client_id", "client_secret"]),
            ("oauth2_password", ["client_id", "client_secret", "username", "password"]),
        ],
    )
    def test_each_type_wants_its_keys_and_no_others(self, instance, kind, keys):
        written = ", ".join(f"{key}: {SECRET}" for key in keys)
        assert instance(auth=f"{{type: {kind}, {written}}}").auth.type == kind
        assert problems(instance, auth=f"{{type: {kind}, token: {SECRET}}}") == [
            *(f"connections.servicenow.auth.{key}: is missing" for key in keys),
            "connections.servicenow.auth.token: there is no such setting",
        ]

    def test_a_client_that_signs(self, instance, tmp_path):
        (tmp_path / "key.pem").write_text(RSA_KEY)
        jwt = "type: oauth2_jwt, client_id: c, client_secret: s, key_id: k, subject: svc_syncd"
        found = instance(auth=f"{{{jwt}, private_key_file: {tmp_path / 'key.pem'}}}")
        assert found.auth.private_key.get_secret_value() == RSA_KEY.strip("\n")

    @pytest.mark.parametrize(
        "key", [SECRET, pem(ec.generate_private_key(ec.SECP256R1()))], ids=["text", "another kind"]
    )
    def test_a_key_that_cannot_sign_for_it(self, instance, tmp_path, key):
        (tmp_path / "key.pem").write_text(key)
        jwt = "type: oauth2_jwt, client_id: c, client_secret: s, key_id: k, subject: svc_syncd"
        assert problems(instance, auth=f"{{{jwt}, private_key_file: {tmp_path / 'key.pem'}}}") == [
            "connections.servicenow.auth.private_key: this is not an RSA private key in PEM form without a passphrase"
        ]

    def test_a_type_that_there_is_not(self, instance):
        (problem,) = problems(instance, auth="{type: bearer, token: x}")
        assert problem == (
            "connections.servicenow.auth: there is no such type; there are: basic, oauth2_password, "
            "oauth2_client_credentials, oauth2_refresh_token, oauth2_jwt, api_key"
        )

    def test_no_type(self, instance):
        assert problems(instance, auth="{username: x}") == ["connections.servicenow.auth: type is missing"]

    def test_a_client_certificate_goes_beside_any(self, instance, tmp_path):
        (tmp_path / "client.pem").write_text("x")
        found = instance(f"cert: {tmp_path / 'client.pem'}", f"key: {tmp_path / 'client.pem'}")
        assert (found.cert, found.key) == (tmp_path / "client.pem",) * 2
        assert problems(instance, f"key: {tmp_path / 'client.pem'}") == [
            "connections.servicenow.key: a key without a certificate; give cert too"
        ]
        assert problems(instance, "cert: /no/such.pem") == [
            "connections.servicenow.cert: there is no file /no/such.pem"
        ]


class TestTheWay:
    @pytest.mark.parametrize("url", ["http://localhost:8080", "http://127.0.0.1", "http://[::1]:1", "https://x"])
    def test_an_address_that_keeps_the_password(self, load, url):
        loaded = load(f"connections: {{x: {{type: jira, url: '{url}', auth: {{type: bearer, token: t}}}}}}")
        assert loaded.connections["x"].base_url == url

    def test_plain_http_is_refused_unless_allowed(self, load):
        text = "connections: {x: {type: jira, url: 'http://jira', auth: {type: bearer, token: t}%s}}"
        (problem,) = problems(load, text % "")
        assert problem.startswith("connections.x.url: plain http://")
        assert load(text % ", allow_http: true").connections["x"].base_url == "http://jira"

    def test_credentials_in_an_address_are_refused(self, load):
        (problem,) = problems(
            load, f"connections: {{x: {{type: jira, url: 'https://u:{SECRET}@j', auth: {{type: bearer, token: t}}}}}}"
        )
        assert problem == "connections.x.url: it carries credentials; put them under auth"

    @pytest.mark.parametrize(("written", "verify"), [("true", True), ("'false'", False)])
    def test_certificates_are_checked_or_not(self, instance, written, verify):
        assert instance(f"verify: {written}").verify is verify

    def test_or_against_a_bundle_that_exists(self, instance, tmp_path):
        (tmp_path / "ca.pem").write_text("x")
        assert instance(f"verify: {tmp_path / 'ca.pem'}").verify == tmp_path / "ca.pem"
        assert problems(instance, "verify: /no/ca.pem") == [
            "connections.servicenow.verify: there is no file /no/ca.pem"
        ]

    def test_limits(self, instance):
        limits = instance("limits: {requests_per_hour: 5000, concurrency: 8}").limits
        assert (limits.requests_per_hour, limits.concurrency) == (5000, 8)
        assert len(problems(instance, "limits: {requests_per_hour: 0, concurrency: 0, per_day: 1}")) == 3


class TestKeysForTheDatabase:
    def test_several_are_given_while_they_are_rotated(self, load):
        new, old = new_key(), new_key()
        assert load(f"secret_key: '{new}, {old}'").secret_keys == (new, old)

    def test_one_that_is_none_is_named_by_its_place(self, load):
        assert problems(load, f"secret_key: '{new_key()},{SECRET}'") == [
            "secret_key: key 2 is not one that `syncd secrets keygen` printed"
        ]


def test_all_problems_are_told_at_once(load, monkeypatch):
    monkeypatch.setenv("SYNCD_WROKERS", "3")
    monkeypatch.setenv("SYNCD_HTTP__PROT", "3")
    told = problems(
        load,
        f"""
        database: {SECRET}
        poll_interval: soon
        colour: red
        connections:
          Jira: {{}}
          a: {{type: gitlab}}
          b: {{type: servicenow, url: https://x, auth: {{type: basic, username: u, pasword: {SECRET}}}}}
        """,
    )
    assert told == [
        "SYNCD_WROKERS (environment): there is no such setting",
        "database: use sqlite:///file.db or postgresql+psycopg://user@host/db",
        "poll_interval: a duration is a number of seconds or has a suffix: 500ms, 30s, 5m, 2h",
        "http.prot (SYNCD_HTTP__PROT in the environment): there is no such setting",
        "connections.Jira.[key]: String should match pattern '^[a-z][a-z0-9_-]*$'",
        "connections.Jira: type is missing",
        "connections.a: there is no such type; there are: jira, servicenow",
        "connections.b.auth.password: is missing",
        "connections.b.auth.pasword: there is no such setting",
        "colour: there is no such setting",
    ]


def test_no_secret_is_shown(load):
    settings = load(f"""
        database: postgresql+psycopg://syncd:{SECRET}@db/syncd
        secret_key: {new_key()}
        connections:
          j: {{type: jira, url: https://x, auth: {{type: bearer, token: {SECRET}}}}}
          s: {{type: servicenow, url: https://x, auth: {{type: api_key, key: {SECRET}}}}}
    """)
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert SECRET not in shown
        assert settings.secret_keys[0] not in shown


def test_the_schema_names_every_type_of_credentials():
    schema = str(settings_schema())
    for kind in ("basic", "bearer", "api_key", "oauth2_password", "oauth2_client_credentials", "oauth2_jwt"):
        assert f"'const': '{kind}'" in schema
