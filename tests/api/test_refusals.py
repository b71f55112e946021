"""What is sent to do harm: to reach into the network, to read files, to run templates, to exhaust, to confuse."""

from __future__ import annotations

import json
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from syncd.api.app import LARGEST_BODY
from syncd.api.outbound import refusals, resolved
from syncd.core.access import Role
from syncd.sandbox.serve import Server
from syncd.wiring.checking import problems_of_text
from tests.api.conftest import JIRA, SERVICENOW

THREADS = 40
"""That many requests a server of ours works on at once (anyio's default)."""

PATTERNS = ["*.atlassian.net", "jira.corp.example", "10.1.2.3"]

REACHING = {
    "metadata by number": ("http://169.254.169.254/latest", []),
    "metadata behind an allowed name": ("https://x.atlassian.net", ["169.254.169.254"]),
    "metadata, even written out": ("https://jira.corp.example", ["fe80::1%eth0"]),
    "this machine": ("http://127.0.0.1:8080", []),
    "this machine by name": ("http://localhost", []),
    "this machine behind an allowed name": ("https://x.atlassian.net", ["127.0.0.1"]),
    "this machine in other clothes": ("https://x.atlassian.net", ["::ffff:127.0.0.1"]),
    "metadata in IPv6, translated": ("https://x.atlassian.net", ["64:ff9b::a9fe:a9fe"]),
    "metadata in IPv6, tunnelled": ("https://x.atlassian.net", ["2002:a9fe:a9fe::"]),
    "metadata of a cloud's own network": ("https://jira.corp.example", ["fd00:ec2::254"]),
    "this machine in IPv6": ("https://x.atlassian.net", ["::1"]),
    "this machine in the oldest clothes": ("https://x.atlassian.net", ["::127.0.0.1"]),
    "a site of old": ("https://x.atlassian.net", ["fec0::1"]),
    "a private network": ("https://x.atlassian.net", ["104.192.141.1", "10.0.0.7"]),
    "a private network of IPv6": ("https://x.atlassian.net", ["fd00::1"]),
    "carrier's network": ("https://x.atlassian.net", ["100.64.0.1"]),
    "nowhere": ("https://x.atlassian.net", ["0.0.0.0"]),
    "a stranger": ("https://evil.example", ["93.184.216.34"]),
    "a name that ends alike": ("https://evilatlassian.net", ["93.184.216.34"]),
    "an allowed name in front of another": ("https://x.atlassian.net.evil.example", ["93.184.216.34"]),
    "an allowed name as a user": ("https://x.atlassian.net@evil.example", ["93.184.216.34"]),
    "an allowed name as a fragment": ("https://evil.example#.atlassian.net", ["93.184.216.34"]),
    "a number that is not written out": ("http://2130706433", ["127.0.0.1"]),
    "no host": ("https:///x", []),
    "no address": ("https://[::1", []),
}
ALLOWED = {
    "a public address of a pattern": ("https://x.atlassian.net", ["104.192.141.1"]),
    "in any case": ("https://X.Atlassian.NET.", ["104.192.141.1"]),
    "a private address of a host that is written out": ("https://jira.corp.example", ["10.0.0.7"]),
    "a public address of IPv6": ("https://x.atlassian.net", ["2606:4700::1"]),
    "a public address, translated": ("https://x.atlassian.net", ["64:ff9b::68c0:8d01"]),
    "this machine, where it is written out": ("https://jira.corp.example", ["::1"]),
    "an address that is written out": ("https://10.1.2.3", ["10.1.2.3"]),
    "a host of a connection in the file": ("http://127.0.0.1:1234", ["127.0.0.1"]),
    "what does not resolve yet": ("https://x.atlassian.net", []),
}


@pytest.mark.parametrize("situation", REACHING)
def test_no_door_into_the_network(situation):
    url, addresses = REACHING[situation]
    assert refusals([url], PATTERNS, [], lambda host: addresses or resolved(host))


@pytest.mark.parametrize("situation", ALLOWED)
def test_what_is_meant_to_be_reached_is(situation):
    url, addresses = ALLOWED[situation]
    assert refusals([url], PATTERNS, ["127.0.0.1"], lambda host: addresses) == []


SETTINGS = {
    "the address of the system": {"url": "https://evil.example"},
    "the address of a proxy": {"proxy": "http://169.254.169.254"},
    "the address of a proxy without a scheme": {"proxy": "169.254.169.254:80"},
    "the address of a proxy after a space": {"proxy": " http://169.254.169.254"},
    "the address of a proxy with one slash": {"proxy": "http:/169.254.169.254"},
    "the address of a proxy in the other slashes": {"proxy": "http:\\\\169.254.169.254"},
    "a proxy of this machine": {"proxy": "localhost:22"},
    "no proxy at all": {"proxy": "ftp://acme.atlassian.net"},
    "the address of tokens": {
        "auth": {"type": "oauth2_client_credentials", "client_id": "c", "client_secret": "s",
                 "token_url": "https://evil.example/token"}
    },
    "the address of the gateway": {"gateway": "https://evil.example"},
    "a file as a password": {"auth": {"type": "basic", "username": "u", "password_file": "/etc/passwd"}},
    "a file as a token": {"auth": {"type": "bearer", "token_file": "/etc/passwd"}},
    "a file as certificates": {"verify": "/etc/passwd"},
    "a proxy with credentials": {"proxy": "http://user:hunter2@acme.atlassian.net"},
    "an address with credentials": {"url": "https://user:hunter2@acme.atlassian.net"},
    "plain http": {"url": "http://acme.atlassian.net"},
    "another type": {"type": "servicenow"},
    "no settings of ours": {"__class__": "x"},
    "a list for an object": {"auth": []},
    "nothing for an object": {"auth": None},
    "a number for an address": {"url": 1},
    "endless time": {"timeout": 1e400},
    "more time than sockets know": {"timeout": 1e300},
    "more time than calendars know": {"overlap": 1e300},
    "half a character for a name": {"\ud800_file": "x"},
    "too deep": {"auth": json.loads('{"a":' * 100 + "1" + "}" * 100)},
    "an address without end": {"url": "https://" + "a" * 10000 + ".atlassian.net"},
    "a line break in a host": {"url": "https://acme.atlassian.net\r\nHost: evil"},
    "a broken bracket": {"url": "https://[::1"},
}  # fmt: skip


@pytest.mark.parametrize("situation", SETTINGS)
@pytest.mark.parametrize("door", ["/api/jira/config", "/api/jira/test"])
def test_settings_that_would_do_harm_are_refused_at_either_door(api, situation, door):
    answer = api.client().post(door, content=json.dumps({**JIRA, **SETTINGS[situation]}))
    assert answer.status_code == 422, answer.text
    assert answer.json()["problems"]
    assert "hunter2" not in answer.text
    assert "root:" not in answer.text
    assert api.tested == []
    assert api.services.connections.all() == []


def test_no_body_is_so_deep_that_we_lose_ourselves(api):
    for depth in (8, 60, 300, 600, 900, 1200):
        text = '{"a":' * depth + "1" + "}" * depth
        for path in ("/api/jira/config", "/api/jira/test"):
            answer = api.client().post(path, content=text, headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 422), (depth, answer.text)


@pytest.mark.parametrize("name", ["cert", "key"])
def test_no_file_of_the_server_is_a_client_certificate(api, name):
    answer = api.client().post("/api/servicenow/config", json={**SERVICENOW, name: "/etc/passwd"})
    assert answer.status_code == 422
    assert "syncd.yaml" in answer.text


BODIES = {
    "no JSON": b"{",
    "not even text": b"\xff\xfe\x00",
    "a null byte": b'{"label": "\\u0000", "role": "viewer"}',
    "half a character": b'{"label": "\\ud800", "role": "viewer"}',
    "a list": b"[]",
    "nothing": b"null",
    "too deep": b"[" * 100_000,
    "an unknown key": b'{"label": "x", "role": "viewer", "is_admin": true}',
    "an unknown role": b'{"label": "x", "role": "root"}',
    "a role by number": b'{"label": "x", "role": 2}',
    "no end of time": b'{"label": "x", "role": "viewer", "expires_in_days": 1e999}',
    "not a number": b'{"label": "x", "role": "viewer", "expires_in_days": NaN}',
    "a line break for the log": b'{"label": "x\\nroot created", "role": "viewer"}',
    "a sign that turns text around": b'{"label": "nna\\u202e", "role": "viewer"}',
    "a command for a terminal": b'{"label": "\\u009b2K", "role": "viewer"}',
}


@pytest.mark.parametrize("situation", BODIES)
def test_bodies_that_make_no_sense_are_problems_of_the_caller(api, situation):
    client = api.client()
    answer = client.post("/api/tokens", content=BODIES[situation], headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert len(api.store.access.tokens()) == len(Role)


def test_a_body_that_is_too_large_is_refused_by_what_it_says(api):
    answer = api.client().post("/api/tokens", content=b" " * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_refused_though_it_says_nothing(api):
    def endless():
        for _ in range(LARGEST_BODY // 65536 + 2):
            yield b" " * 65536

    headers = {"Content-Type": "application/json"}
    answer = api.client().post("/api/parked/drop", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


ADDRESSES = {
    "out of the folder": "/docs/..%2f..%2f..%2fsyncd.yaml",
    "out of the folder, twice encoded": "/docs/%252e%252e%252fapp.py",
    "an absolute path": "/docs//etc/passwd",
    "our own source": "/docs/docs.py",
}


@pytest.mark.parametrize("situation", ADDRESSES)
def test_no_file_but_those_of_the_page(api, situation):
    answer = api.client(None).get(ADDRESSES[situation])
    assert answer.status_code == 404
    assert "root:" not in answer.text


NULLS = {
    "a search": ("GET", "/api/links?search=%00", None),
    "a mapping": ("GET", "/api/parked?mapping=a%00", None),
    "an issue": ("GET", "/api/issues/OPS-1%00", None),
    "the trail": ("GET", "/api/audit?search=%00", None),
    "issues to retry": ("POST", "/api/parked/retry", {"issues": ["OPS-1\0"]}),
    "a mapping to drop": ("POST", "/api/parked/drop", {"all": True, "mapping": "\0"}),
    "a query": ("POST", "/api/backfills", {"mapping": "ops", "jql": "x = '\0'"}),
}


@pytest.mark.parametrize("situation", NULLS)
def test_a_null_byte_is_refused_before_the_database_chokes_on_it(api, situation):
    """Postgres takes none in a text, and says so like a bug of ours."""
    method, path, body = NULLS[situation]
    answer = api.client().request(method, path, json=body)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


QUERIES = {
    "SQL": "/api/links?search=' OR 1=1 --",
    "wildcards": "/api/links?search=%25",
    "half a character": "/api/issues/%ed%a0%80",
    "no end": "/api/links?limit=1000000",
    "before the beginning": "/api/links?offset=-1",
    "beyond all numbers": "/api/audit?before=999999999999999999999999",
    "a number of another script": "/api/links?limit=\u0663",
    "no number": "/api/tokens?limit=ten",
}


@pytest.mark.parametrize("situation", QUERIES)
def test_queries_that_make_no_sense_find_nothing(api, situation):
    answer = api.client().get(QUERIES[situation])
    assert answer.status_code in (200, 404, 422)
    if answer.status_code == 200:
        assert answer.json()["items"] in ([], answer.json()["items"][:3])


class TestTemplates:
    @pytest.mark.parametrize(
        "template",
        ["{{ ''.__class__.__mro__ }}", "{{ issue.__init__.__globals__ }}", "{% for i in range(10**9) %}x{% endfor %}"],
    )
    def test_a_mapping_cannot_look_behind_the_stage(self, api, template):
        text = f"""
name: evil
source: {{connection: jira, jql: "project = X"}}
target: {{connection: servicenow, table: incident}}
fields: {{description: {{template: {json.dumps(template)}}}}}
"""
        answer = api.client().post("/api/mappings/validate", json={"yaml": text}).json()
        assert not answer["valid"]

    def test_what_people_wrote_is_text_on_a_page(self, api):
        evil = "<script>alert(1)</script>{{ 7 * 7 }}"
        page = api.client(None).get("/sign-in", params={"next": f"/{evil}", "ticket": evil}).text
        assert "<script>" not in page
        assert "{{ 7 * 7 }}" in page


class TestMappingTexts:
    @pytest.mark.parametrize(
        "text",
        [
            "extends: /etc/passwd\nname: x",
            "extends: ../secrets.yaml\nname: x",
            "name: x\nusers: {file: /etc/passwd}",
            "name: x\nusers: {file: ../../etc/passwd}",
            "name: 2024-99-99\nextends: /etc/passwd",  # no date, which some readers of YAML choke on
            "name: 2024-99-99\nusers: {file: /etc/passwd}",
        ],
    )
    def test_no_file_outside_of_the_folder_is_read(self, api, text):
        answer = api.client().post("/api/mappings/validate", json={"yaml": text})
        assert answer.json()["valid"] is False
        assert "only files of the folder" in answer.json()["problems"][0]

    @pytest.mark.parametrize(
        "text", ["", "[", "a: &a [*a]", "x: !!python/object/apply:os.system [id]", "\x00", "- 1", "a: " + "[" * 5000]
    )
    def test_what_is_no_mapping_is_told(self, api, text):
        answer = api.client().post("/api/mappings/validate", json={"yaml": text})
        assert answer.status_code == 200, answer.text
        assert answer.json()["valid"] is False
        assert answer.json()["problems"]

    def test_a_base_of_the_folder_may_be_extended(self, api):
        text = "extends: ops.yaml\nname: other"
        assert api.client().post("/api/mappings/validate", json={"yaml": text}).json() == {
            "valid": True, "problems": []
        }  # fmt: skip

    def test_of_what_stands_beside_a_single_mapping_only_its_own_files_are_read(self, mappings):
        """Where `mappings` is one file, syncd.yaml may be its neighbour."""
        (mappings / "syncd.yaml").write_text("name: hunter2, hunter3\n")
        (mappings / "base.yaml").write_text("policy: observe\n")
        (mappings / "one.yaml").write_text("extends: base.yaml\n" + (mappings / "ops.yaml").read_text())
        for text in ("extends: syncd.yaml", f"{(mappings / 'ops.yaml').read_text()}\nusers: {{file: syncd.yaml}}"):
            (found,) = problems_of_text(text, mappings / "one.yaml")
            assert "there is no file syncd.yaml" in found
        assert problems_of_text("extends: one.yaml\nname: other", mappings / "one.yaml") == []

    def test_places_are_told_without_our_folders(self, api):
        answer = api.client().post("/api/mappings/validate", json={"yaml": "name: x\nsuorce: {}"}).json()
        assert any("text:2" in problem for problem in answer["problems"])
        assert "/tmp" not in json.dumps(answer)


class TestHosts:
    @pytest.mark.parametrize("host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "", "[", "a b"])
    def test_on_loopback_a_strangers_name_for_us_is_refused(self, api, host):
        answer = api.client().get("/api/status", headers={"Host": host})
        assert answer.status_code in (400, 421)

    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1:9", "[::1]:8080", "LOCALHOST:1"])
    def test_our_own_are_not(self, api, host):
        assert api.client().get("/api/status", headers={"Host": host}).status_code == 200

    def test_beyond_loopback_any_name_will_do_unless_some_are_named(self, api):
        headers = {"Host": "syncd.example.com"}
        assert api.client(host="0.0.0.0").get("/api/status", headers=headers).status_code == 200
        named = {"host": "0.0.0.0", "allowed_hosts": ["other.example.com"]}
        assert api.client(**named).get("/api/status", headers=headers).status_code == 421
        public = {"public_url": "https://syncd.example.com/"}
        assert api.client(**public).get("/api/status", headers=headers).status_code == 200


def test_every_answer_tells_browsers_to_be_careful(api):
    for client in (api.client(), api.client(None)):
        for path in ("/", "/api/status", "/nope", "/healthz", "/sign-in", "/docs"):
            headers = client.get(path).headers
            assert "script-src 'self';" in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["Referrer-Policy"] == "same-origin"
            assert "Access-Control-Allow-Origin" not in headers


class TestRequestIds:
    def test_one_that_is_given_comes_back(self, api):
        assert api.client().get("/healthz", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"

    @pytest.mark.parametrize("given", ["a b", "x" * 65, "a\tb", "<script>"])
    def test_one_that_could_forge_a_line_does_not(self, api, given):
        answer = api.client().get("/healthz", headers={"X-Request-ID": given})
        assert answer.headers["X-Request-ID"] != given


def test_no_redirect_names_the_host_that_a_caller_said(api):
    answer = api.client(host="0.0.0.0").get("/api/status/", headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "evil.example" not in f"{answer.headers}{answer.text}"


@pytest.mark.parametrize("path", ["/sign-out", "/api/tokens", "/sign-in", "/webhooks/jira/x"])
def test_who_hangs_up_in_the_middle_of_a_body_is_no_bug(api, path, caplog):
    with Server(api.app()) as server:
        with socket.create_connection((server.host, server.port)) as line:
            line.sendall(
                f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: syncd_session=x\r\nContent-Length: 99\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n\r\na=".encode()
            )
            line.shutdown(socket.SHUT_WR)
            line.recv(1000)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
    assert "bug" not in caplog.text


def test_who_asks_for_signs_of_life_waits_for_nobody(api):
    """Orchestrators kill what does not answer; that all threads are busy is no reason."""
    busy, enough = threading.Semaphore(0), threading.Event()

    def stuck():
        busy.release()
        enough.wait(30)
        return b""

    api.services = replace(api.services, metrics=stuck)
    client = api.client(None)
    with ThreadPoolExecutor(THREADS) as crowd:
        asked = [crowd.submit(httpx.get, f"{client.base_url}/metrics", timeout=60) for _ in range(THREADS)]
        try:
            for _ in range(THREADS):
                assert busy.acquire(timeout=20)
            assert client.get("/healthz", timeout=5).status_code == 200
        finally:
            enough.set()
        assert [one.result().status_code for one in asked] == [200] * THREADS


def test_a_method_that_there_is_not(api):
    answer = api.client().patch("/api/status")
    assert (answer.status_code, answer.json()["title"]) == (405, "Method Not Allowed")
    assert "GET" in answer.headers["Allow"]


def test_a_bug_tells_nothing_but_where_to_look(api, caplog):
    def broken():
        raise ZeroDivisionError("hunter2")

    api.services = replace(api.services, status=broken)
    answer = api.client().get("/api/status", headers={"X-Request-ID": "look-here"})
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "hunter2" not in answer.text
    assert "ZeroDivisionError" in caplog.text
