"""Served by https in this process, with a certificate and its key."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import ValidationError

from syncd.daemon.web import WebServer
from syncd.settings import HttpSettings


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "syncd")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = tmp_path / "cert.pem", tmp_path / "key.pem"
    chain.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, secret


def test_it_answers_by_https_and_by_nothing_else(api, certificate):
    server = WebServer(api.app(tls=True), "127.0.0.1", 0, tls=certificate)
    server.start()
    try:
        assert server.url.startswith("https://")
        trusting = ssl.create_default_context(cafile=str(certificate[0]))
        answer = httpx.get(f"{server.url}/healthz", verify=trusting)
        assert (answer.status_code, answer.headers["Strict-Transport-Security"]) == (200, "max-age=31536000")
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{server.url.replace('https', 'http')}/healthz")
    finally:
        server.stop()


@pytest.mark.parametrize(
    ("cipher", "taken"), [("ECDHE-ECDSA-AES128-SHA", False), ("ECDHE-ECDSA-AES256-GCM-SHA384", True)]
)
def test_of_old_tls_only_the_good_ciphers(api, certificate, cipher, taken):
    server = WebServer(api.app(tls=True), "127.0.0.1", 0, tls=certificate)
    server.start()
    try:
        old = ssl.create_default_context(cafile=str(certificate[0]))
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        old.set_ciphers(cipher)
        if taken:
            assert httpx.get(f"{server.url}/healthz", verify=old).status_code == 200
        else:
            with pytest.raises(httpx.ConnectError):
                httpx.get(f"{server.url}/healthz", verify=old)
    finally:
        server.stop()


def test_a_certificate_and_its_key_go_together(certificate):
    with pytest.raises(ValidationError, match="go together"):
        HttpSettings(tls_cert=certificate[0])
