"""What is connected to: the address that was judged, whatever a name says a moment later, at every door (SSRF)."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from syncd.api.outbound import vet_for
from syncd.daemon.web import WebServer
from syncd.errors import RejectedError, SyncdError, UnavailableError
from syncd.http import Request, Session, Vet, new_session
from syncd.jira.address import Entrance
from syncd.jira.client import Basic, JiraClient
from syncd.oauth import ClientCredentialsGrant, OAuth
from syncd.servicenow import BasicAuth, ServiceNowClient
from tests import wire
from tests.test_http import READ, opened
from tests.wire import Wire

NAME = "jira.example.com"
FILE = Request("GET", "/file", "file", "fetching a file", reads=True, elsewhere=True)
PUBLIC_ONLY = vet_for((), ())


class Names:
    """The name service of an attacker: each name answers by its next line, the last one for ever."""

    def __init__(self) -> None:
        self.answers: dict[str, list[list[str]]] = {}
        self.asked: list[str] = []
        self._true = socket.getaddrinfo

    def __call__(self, host: object, port: object, *more: object, **options: object) -> list[tuple[object, ...]]:
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name not in self.answers:
            return self._true(name, port, *more, **options)  # type: ignore[arg-type,return-value]
        self.asked.append(name)
        lines = self.answers[name]
        addresses = lines.pop(0) if len(lines) > 1 else lines[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Names:
    made = Names()
    monkeypatch.setattr(socket, "getaddrinfo", made)
    return made


def only(*allowed: str) -> Vet:
    return lambda host, address: "" if address in allowed else f"{host} is at {address}, which is not asked"


def sessions(vet: Vet, **options: object) -> Callable[[], Session]:
    return lambda: new_session(vet=vet, **options)  # type: ignore[arg-type]


class TestADoor:
    def test_a_name_that_has_become_private_is_not_connected_to(self, names: Names) -> None:
        names.answers[NAME] = [["127.0.0.1"]]  # it was public when somebody looked
        with Wire(wire.answers()) as inside:
            url = f"http://{NAME}:{inside.port}"
            told = pytest.raises(UnavailableError, match=r"jira\.example\.com has the address 127\.0\.0\.1")
            with opened(url, open_session=sessions(PUBLIC_ONLY)) as out, told:
                out.request(READ)
            assert inside.connections == 0

    def test_one_private_address_among_public_ones_is_enough(self, names: Names) -> None:
        names.answers[NAME] = [["127.0.0.1", "127.0.0.2"]]
        with Wire(wire.answers()) as inside:
            url = f"http://{NAME}:{inside.port}"
            told = pytest.raises(UnavailableError, match="not asked")
            with opened(url, open_session=sessions(only("127.0.0.1"))) as out, told:
                out.request(READ)
            assert inside.connections == 0

    def test_the_address_that_was_judged_is_the_one_connected_to(self, names: Names) -> None:
        with Wire(wire.answers(b'"good"')) as good:
            names.answers[NAME] = [["127.0.0.1"], ["127.0.0.2"]]
            url = f"http://{NAME}:{good.port}"
            with opened(url, open_session=sessions(only("127.0.0.1"))) as out:
                assert out.request(READ).json() == "good"
            assert f"Host: {NAME}:{good.port}".encode() in good.requests[0]
            assert names.asked == [NAME]

    def test_an_address_written_as_a_number_is_judged_too(self) -> None:
        with Wire(wire.answers()) as inside, opened(inside.url, open_session=sessions(PUBLIC_ONLY)) as out:
            with pytest.raises(UnavailableError, match="not public"):
                out.request(READ)
            assert inside.connections == 0

    def test_the_next_address_is_tried_when_one_does_not_answer(self, names: Names) -> None:
        with Wire(wire.answers()) as server:
            names.answers[NAME] = [["127.0.0.2", "127.0.0.1"]]  # nobody listens at the first
            with opened(f"http://{NAME}:{server.port}", open_session=sessions(only("127.0.0.1", "127.0.0.2"))) as out:
                assert out.request(READ).status_code == 200

    def test_a_connection_that_is_kept_is_neither_looked_up_nor_judged_again(self, names: Names) -> None:
        with Wire(wire.answers()) as server:
            names.answers[NAME] = [["127.0.0.1"], ["127.0.0.2"]]
            with opened(f"http://{NAME}:{server.port}", open_session=sessions(only("127.0.0.1"))) as out:
                for _ in range(3):
                    out.request(READ)
            assert (server.connections, len(server.requests), names.asked) == (1, 3, [NAME])

    def test_a_name_that_is_none_cannot_be_reached(self) -> None:
        told = pytest.raises(UnavailableError, match="cannot be reached")
        with opened("http://no-such-host.invalid", open_session=sessions(PUBLIC_ONLY)) as out, told:
            out.request(READ)


class TestRedirects:
    def test_a_file_is_not_fetched_from_a_private_address_and_only_its_issue_fails(self, names: Names) -> None:
        names.answers[NAME], vet = [["127.0.0.1"]], vet_for((), (), own=[NAME])
        with Wire(wire.answers()) as inside, Wire(wire.redirects(inside.url + "/keys")) as server:
            told = pytest.raises(RejectedError, match=r"sends us to an address that is not asked.*not public")
            with opened(f"http://{NAME}:{server.port}", open_session=sessions(vet)) as out, told:
                out.request(FILE)
            assert inside.connections == 0

    def test_it_is_fetched_from_a_host_that_is_written_out(self, names: Names) -> None:
        names.answers[NAME], vet = [["127.0.0.1"]], vet_for(["127.0.0.1"], (), own=[NAME])
        with (
            Wire(wire.answers(b"bytes")) as media,
            Wire(wire.redirects(media.url + "/f")) as server,
            opened(f"http://{NAME}:{server.port}", open_session=sessions(vet)) as out,
        ):
            assert out.request(FILE).content == b"bytes"


class TestProxies:
    def test_a_proxy_of_the_settings_is_judged(self) -> None:
        with Wire(wire.answers()) as proxy:
            session = sessions(PUBLIC_ONLY, proxy=proxy.url)
            with opened("http://example.com", open_session=session) as out, pytest.raises(UnavailableError):
                out.request(READ)
            assert proxy.connections == 0

    def test_what_lies_behind_a_proxy_is_its_matter(self) -> None:
        with Wire(wire.answers()) as proxy:
            with opened(f"http://{NAME}", open_session=sessions(only("127.0.0.1"), proxy=proxy.url)) as out:
                assert out.request(READ).status_code == 200
            assert proxy.requests[0].startswith(f"GET http://{NAME}/thing".encode())

    def test_a_tunnel_is_asked_for_by_name(self) -> None:
        with Wire(wire.answers(status="403 Forbidden")) as proxy:
            session = sessions(only("127.0.0.1"), proxy=proxy.url)
            with opened(f"https://{NAME}", open_session=session) as out, pytest.raises(UnavailableError):
                out.request(READ)
            assert proxy.requests[0].startswith(f"CONNECT {NAME}:443".encode())

    def test_a_proxy_of_the_environment_was_named_by_the_operator(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with Wire(wire.answers()) as proxy:
            monkeypatch.setenv("http_proxy", proxy.url)
            monkeypatch.delenv("no_proxy", raising=False)
            with opened(f"http://{NAME}", open_session=sessions(PUBLIC_ONLY)) as out:
                assert out.request(READ).status_code == 200


class TestTls:
    def test_the_certificate_must_be_of_the_name_not_of_the_address(self, names: Names, tmp_path: Path) -> None:
        names.answers[NAME] = names.answers["other.example.com"] = [["127.0.0.1"]]
        chain, key = a_certificate(tmp_path, NAME)
        vet = only("127.0.0.1")
        with served_by_tls(chain, key) as port:
            with opened(f"https://{NAME}:{port}", open_session=sessions(vet, verify=str(chain))) as out:
                assert out.request(READ).json() == {}
            url = f"https://other.example.com:{port}"
            told = pytest.raises(UnavailableError, match=r"(?i)hostname mismatch")
            with opened(url, open_session=sessions(vet, verify=str(chain))) as out, told:
                out.request(READ)


def nobody(host: str, address: str) -> str:
    return f"{host} is not asked"


class TestEveryDoorOfTheClients:
    """Each is refused before it has connected: the API's, the site's, the one to where tokens are made."""

    @pytest.mark.parametrize("auth", [Basic("bot", "pw"), OAuth(ClientCredentialsGrant("id", "secret"))])
    def test_jira(self, auth: Basic | OAuth) -> None:
        with Wire(wire.answers()) as inside:
            client = JiraClient(inside.url, auth, vet=nobody)
            with pytest.raises(SyncdError, match="is not asked"):
                client.ask_server()
            client.close()
            assert inside.connections == 0

    def test_the_tokens_of_jira(self, names: Names) -> None:
        site = wire.answers(b'{"deploymentType": "Server"}')
        with Wire(site) as server, Wire(wire.answers()) as inside:
            auth = OAuth(ClientCredentialsGrant("id", "secret"))
            names.answers[NAME] = [["127.0.0.1"]]
            url, vet = f"http://{NAME}:{server.port}", vet_for((), [NAME])
            client = JiraClient(url, auth, vet=vet, entrance=Entrance(token_url=inside.url + "/token"))
            with pytest.raises(SyncdError, match="not public"):
                client.ask_server()
            client.close()
            assert inside.connections == 0

    @pytest.mark.parametrize("auth", [BasicAuth("svc", "pw"), OAuth(ClientCredentialsGrant("id", "secret"))])
    def test_servicenow(self, auth: BasicAuth | OAuth) -> None:
        with Wire(wire.answers()) as inside:
            told = pytest.raises(SyncdError, match="is not asked")
            with ServiceNowClient(inside.url, auth, vet=nobody) as client, told:
                client.test_connection()
            assert inside.connections == 0


def a_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(called)
        .issuer_name(called)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return chain, secret


@contextmanager
def served_by_tls(chain: Path, key: Path) -> Iterator[int]:
    """A server whose every answer is `{}`."""

    async def app(scope: object, receive: object, send: Callable[..., object]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})

    server = WebServer(app, "127.0.0.1", 0, tls=(chain, key))
    server.start()
    try:
        yield int(server.url.rpartition(":")[2])
    finally:
        server.stop()
