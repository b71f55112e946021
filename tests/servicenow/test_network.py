"""The way to the instance: certificates, proxies, and how many calls travel on it."""

from __future__ import annotations

import datetime
import ipaddress
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from syncd.errors import ThrottledError, UnavailableError
from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import RateRule, ServiceNowSandbox
from syncd.servicenow import BasicAuth, ServiceNowClient
from tests import wire
from tests.servicenow.instance import QUICK, Served
from tests.wire import Wire


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A self-signed certificate for 127.0.0.1 and its key, as a private CA would be configured."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(built.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(folder / "cert.pem"), str(folder / "key.pem")


@pytest.fixture
def secure(certificate: tuple[str, str]) -> Iterator[str]:
    with Server(ServiceNowSandbox().app, tls=certificate) as server:
        yield server.url


def client(url: str, **options: object) -> ServiceNowClient:
    return ServiceNowClient(url, BasicAuth("svc_syncd", "syncd"), limits=QUICK, **options)  # type: ignore[arg-type]


def test_a_private_ca_is_trusted_when_it_is_named(secure: str, certificate: tuple[str, str]) -> None:
    with client(secure, verify=certificate[0]) as trusting:
        assert trusting.test_connection().user_name == "svc_syncd"


def test_an_unknown_one_is_not_and_nothing_is_sent(secure: str) -> None:
    with client(secure) as wary, pytest.raises(UnavailableError, match=r"certificate verify failed|self.signed"):
        wary.create("incident", {"short_description": "x"})


def test_a_client_certificate_goes_along(secure: str, certificate: tuple[str, str], tmp_path: Path) -> None:
    with client(secure, verify=certificate[0], cert=certificate) as known:
        assert known.test_connection().user_name == "svc_syncd"
    absent = str(tmp_path / "absent.pem")
    with (
        client(secure, verify=certificate[0], cert=(absent, absent)) as unknown,
        pytest.raises(UnavailableError, match=r"absent\.pem"),
    ):
        unknown.create("incident", {"short_description": "x"})


def test_a_proxy_is_used(instance: Served) -> None:
    answer = wire.answers(b'{"result":[{"sys_id":"1"}]}', headers=["X-Total-Count: 1"])
    with Wire(answer) as proxy, client("http://instance.example.com", proxy=proxy.url) as through:
        assert through.count("incident") == 1
        assert proxy.requests[0].startswith(b"GET http://instance.example.com/api/now/table/incident?")


def test_a_full_instance_gets_fewer_calls_at_once_and_all_work_is_done(instance: Served) -> None:
    """A semaphore's 429 has no headers (servicenow facts 6.6), and had no effect: the work is only delayed."""
    instance.sandbox.set_options(concurrency=1, queue_limit=1, write_cost=0.005)
    busy = instance.client(concurrency=8)
    starts = threading.Barrier(8)

    def work(number: int) -> None:
        starts.wait(5)
        for _ in range(200):
            try:
                busy.create("incident", {"short_description": str(number)})
                return
            except ThrottledError:
                continue

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row["short_description"] for row in instance.sandbox.rows("incident")) == list("01234567")
    assert instance.sandbox.calls.statuses[429] >= 1
    assert busy.concurrency < 8


def test_a_rate_rule_is_met_once_and_then_kept(instance: Served) -> None:
    instance.sandbox.set_options(rate_rules=(RateRule(5),))
    others = instance.client(concurrency=1)
    for _ in range(3):
        others.count("incident")
    ours = instance.client()
    for _ in range(2):
        ours.count("incident")
    for _ in range(5):
        with pytest.raises(ThrottledError, match=r"Rate limit|wait"):
            ours.count("incident")
    assert instance.sandbox.calls.statuses[429] == 1
