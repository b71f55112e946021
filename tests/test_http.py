"""The door: what is sent how often, what a failure means, and what never shows (laws 3, 10 and 12)."""

from __future__ import annotations

import contextlib
import gc
import gzip
import socket
import ssl
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import (
    AuthError,
    DoubtfulError,
    RejectedError,
    RemoteError,
    ThrottledError,
    UnavailableError,
    UnreadableError,
)
from syncd.http import (
    BrokenOffError,
    Call,
    Door,
    Limits,
    Request,
    Response,
    is_json,
    never_sent,
    new_session,
    redacted,
    retry_after,
    shortened,
    throttled,
    why,
)
from tests import wire
from tests.wire import Wire

READ = Request("GET", "/thing", "thing.get", "reading the thing", reads=True)
WRITE = Request("POST", "/thing", "thing.create", "creating the thing", reads=False, json={"a": 1})
SECRET = "s3cr3t-value-that-must-not-show"


def accept(response: Response, request: Request) -> None:
    """A judge that believes everything."""


def by_status(response: Response, request: Request) -> None:
    """A judge that knows just enough for these tests."""
    context = {"system": "test", "step": request.step, "status": response.status_code}
    if response.status_code == 429:
        raise throttled(response, system="test", step=request.step)
    if response.status_code == 401:
        raise AuthError("no", **context)
    if response.status_code >= 500:
        raise UnavailableError("down", **context) if request.reads else DoubtfulError("down", **context)
    if response.status_code >= 300:
        raise UnreadableError("odd", **context)


class Naps:
    """A clock that does not run: it only notes how long was to be slept."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


def door(url: str, **options: object) -> Door:
    options.setdefault("sleep", Naps())
    options.setdefault("limits", Limits(connect_timeout=2, read_timeout=2))
    judge = options.pop("judge", by_status)
    open_session = options.pop("open_session", new_session)
    return Door("test", url, open_session, judge, **options)  # type: ignore[arg-type]


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def opened(url: str, **options: object) -> Iterator[Door]:
    opened_door = door(url, **options)
    try:
        yield opened_door
    finally:
        opened_door.close()


class TestRepeating:
    def test_a_read_repeats_itself_until_it_succeeds(self) -> None:
        naps = Naps()
        with Wire(wire.answers(status="503 Busy"), wire.breaks_off_before_answering, wire.answers()) as server:
            with opened(server.url, sleep=naps) as out:
                assert out.request(READ).json() == {}
            assert len(server.requests) == 3
        assert len(naps.taken) == 2

    def test_a_read_gives_up_after_its_attempts(self) -> None:
        with Wire(wire.answers(status="503 Busy")) as server:
            with opened(server.url) as out, pytest.raises(UnavailableError):
                out.request(READ)
            assert len(server.requests) == out.limits.attempts

    def test_the_pauses_grow_and_vary(self) -> None:
        naps = Naps()
        with (
            Wire(wire.answers(status="503 Busy")) as server,
            opened(server.url, sleep=naps) as out,
            pytest.raises(UnavailableError),
        ):
            out.request(READ)
        first, second, third = naps.taken
        assert 0.35 <= first <= 0.65
        assert 0.7 <= second <= 1.3
        assert 1.4 <= third <= 2.6

    @pytest.mark.parametrize(
        "behaviour",
        [
            wire.answers(status="503 Busy"),
            wire.answers(status="429 Too Many Requests"),
            wire.breaks_off_before_answering,
            wire.breaks_off_in_the_body,
        ],
        ids=["503", "429", "no answer", "half the body"],
    )
    def test_a_write_is_sent_once_whatever_happens(self, behaviour: wire.Behaviour) -> None:
        with Wire(behaviour) as server:
            with opened(server.url) as out, pytest.raises(RemoteError):
                out.request(WRITE)
            assert len(server.requests) == 1

    def test_a_short_wish_is_respected(self) -> None:
        naps = Naps()
        busy = wire.answers(status="429 Too Many Requests", headers=["Retry-After: 7"])
        with Wire(busy, wire.answers()) as server, opened(server.url, sleep=naps) as out:
            out.request(READ)
        (nap,) = naps.taken
        assert 7.0 <= nap <= 7.0 * 1.3, "it asked for seven seconds; not everybody comes back at once"

    def test_a_long_wish_is_handed_to_the_engine(self) -> None:
        busy = wire.answers(status="429 Too Many Requests", headers=["Retry-After: 1800"])
        with Wire(busy) as server:
            with opened(server.url) as out, pytest.raises(ThrottledError) as caught:
                out.request(READ)
            assert len(server.requests) == 1
        assert caught.value.retry_after == 1800

    def test_what_cannot_be_understood_is_asked_again(self) -> None:
        with Wire(wire.answers(status="304 Not Modified"), wire.answers()) as server, opened(server.url) as out:
            assert out.request(READ).status_code == 200


class TestRefusedCredentials:
    def test_are_not_tried_again_by_default(self) -> None:
        with Wire(wire.answers(status="401 Unauthorized")) as server:
            with opened(server.url) as out, pytest.raises(AuthError):
                out.request(READ)
            assert len(server.requests) == 1

    def test_are_tried_once_more_when_something_changed(self) -> None:
        with Wire(wire.answers(status="401 Unauthorized"), wire.answers()) as server:
            with opened(server.url, recover=lambda error, request: True) as out:
                assert out.request(WRITE).status_code == 200
            assert len(server.requests) == 2

    def test_are_never_tried_three_times(self) -> None:
        with Wire(wire.answers(status="401 Unauthorized")) as server:
            with opened(server.url, recover=lambda error, request: True) as out, pytest.raises(AuthError):
                out.request(READ)
            assert len(server.requests) == 2


class TestWhetherAWriteHadAnEffect:
    def test_none_when_nobody_listens(self) -> None:
        with opened(f"http://127.0.0.1:{closed_port()}") as out, pytest.raises(UnavailableError, match="reached"):
            out.request(WRITE)

    def test_none_when_the_host_has_no_address(self) -> None:
        with opened("http://no-such-host.invalid") as out, pytest.raises(UnavailableError, match="reached"):
            out.request(WRITE)

    def test_none_when_the_proxy_does_not_listen(self) -> None:
        proxy = f"http://127.0.0.1:{closed_port()}"
        for url in ("http://example.com", "https://example.com"):
            with (
                opened(url, open_session=lambda: new_session(proxy=proxy)) as out,
                pytest.raises(UnavailableError, match="reached"),
            ):
                out.request(WRITE)

    def test_none_when_the_proxy_refuses_the_tunnel(self) -> None:
        with Wire(wire.answers(status="403 Forbidden")) as proxy:
            with (
                opened("https://example.com", open_session=lambda: new_session(proxy=proxy.url)) as out,
                pytest.raises(UnavailableError, match="reached"),
            ):
                out.request(WRITE)
            assert proxy.requests[0].startswith(b"CONNECT example.com:443")

    def test_none_when_the_ca_bundle_is_missing(self, tmp_path: Path) -> None:
        missing = str(tmp_path / "ca.pem")
        with (
            opened("https://127.0.0.1:1", open_session=lambda: new_session(verify=missing)) as out,
            pytest.raises(UnavailableError, match="CA certificate"),
        ):
            out.request(WRITE)

    def test_none_when_the_body_is_no_json(self) -> None:
        with Wire(wire.answers()) as server, opened(server.url) as out:
            with pytest.raises(UnavailableError):
                out.request(Request("POST", "/", "x", "x", reads=False, json={"a": float("nan")}))
            assert server.requests == []

    @pytest.mark.parametrize(
        "behaviour",
        [
            wire.breaks_off_before_answering,
            wire.breaks_off_in_the_body,
            wire.speaks_no_http,
        ],
    )
    def test_unknown_when_the_answer_breaks_off(self, behaviour: wire.Behaviour) -> None:
        with Wire(behaviour) as server, opened(server.url) as out:
            with pytest.raises(DoubtfulError) as caught:
                out.request(WRITE)
            assert len(server.requests) == 1
        assert caught.value.settles_after == out.limits.transaction_limit
        assert caught.value.if_absent is None

    def test_left_to_the_judge_when_the_headers_break_off(self) -> None:
        """Python takes that for an answer with an empty body, which no adapter may take for a success."""
        with Wire(wire.breaks_off_in_the_headers) as server, opened(server.url) as out:
            assert out.request(WRITE).content == b""

    def test_unknown_when_the_answer_takes_too_long(self) -> None:
        with Wire() as server:
            server.add(server.never_answers)
            with opened(server.url, limits=Limits(read_timeout=0.1)) as out, pytest.raises(DoubtfulError):
                out.request(WRITE)
            assert len(server.requests) == 1

    def test_unknown_when_tls_breaks_before_it_is_certain_who_hung_up(self) -> None:
        with (
            Wire(wire.answers()) as server,
            opened(server.url.replace("http:", "https:")) as out,
            pytest.raises(DoubtfulError),
        ):
            out.request(WRITE)

    @pytest.mark.parametrize(
        ("error", "unsent"),
        [
            (requests.ConnectTimeout(), True),
            (requests.exceptions.InvalidURL("x"), True),
            (requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed")), True),
            (requests.exceptions.SSLError(ssl.SSLError("bad record mac")), False),
            (requests.ReadTimeout(), False),
            (requests.ConnectionError(ConnectionResetError(104, "reset")), False),
            (requests.exceptions.ChunkedEncodingError("half"), False),
            (requests.JSONDecodeError("Expecting value", "", 0), False),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
    )
    def test_by_the_kind_of_error(self, error: Exception, unsent: bool) -> None:
        assert never_sent(error) is unsent


class TestSessions:
    def test_each_thread_has_its_own(self) -> None:
        seen: list[requests.Session] = []
        with opened("http://127.0.0.1") as out:
            threads = [threading.Thread(target=lambda: seen.append(out.session())) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            seen.append(out.session())
            assert len({id(session) for session in seen}) == 5
            assert out.session() is seen[-1]

    def test_the_session_of_a_thread_that_ended_goes_with_it(self) -> None:
        with opened("http://127.0.0.1") as out:
            thread = threading.Thread(target=out.session)
            thread.start()
            thread.join()
            gc.collect()
            assert len(out._sessions) == 0

    def test_cookies_are_kept_while_all_is_well(self) -> None:
        with Wire(wire.answers(headers=["Set-Cookie: JSESSIONID=1"])) as server, opened(server.url) as out:
            out.request(READ)
            out.request(READ)
            assert b"JSESSIONID=1" in server.requests[1]
            assert server.connections == 1

    def test_a_connection_that_lay_idle_is_not_used_again(self) -> None:
        """A firewall may have forgotten it without a word; a write on it would end in doubt."""
        cookie = wire.answers(headers=["Set-Cookie: JSESSIONID=1"])
        with Wire(cookie) as server, opened(server.url, limits=Limits(idle=0.0)) as out:
            out.request(READ)
            out.request(WRITE)
            assert server.connections == 2
            assert b"JSESSIONID=1" in server.requests[1]

    @pytest.mark.parametrize("failure", [wire.breaks_off_before_answering, wire.answers(status="503 Busy")])
    def test_a_session_whose_request_broke_is_not_used_again(self, failure: wire.Behaviour) -> None:
        """The server may still be busy in that session, and would queue or drop what comes next (facts 6.11)."""
        with Wire(wire.answers(headers=["Set-Cookie: JSESSIONID=1"]), failure, wire.answers()) as server:
            with opened(server.url) as out:
                out.request(READ)
                out.request(READ)
            assert b"JSESSIONID" in server.requests[1]
            assert b"JSESSIONID" not in server.requests[2]

    def test_the_environment_cannot_replace_the_configured_trust_or_proxy(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed_port()}")
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
        with Wire(wire.answers()) as proxy:
            with opened("http://example.com", open_session=lambda: new_session(proxy=proxy.url)) as out:
                out.request(READ)
            assert proxy.requests[0].startswith(b"GET http://example.com/thing")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "from-the-environment.pem"))
        configured = str(tmp_path / "configured.pem")
        with (
            opened("https://127.0.0.1:1", open_session=lambda: new_session(verify=configured)) as out,
            pytest.raises(UnavailableError, match=r"configured\.pem"),
        ):
            out.request(READ)

    def test_no_credentials_are_taken_from_netrc(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login somebody password else")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        with Wire(wire.answers()) as server, opened(server.url) as out:
            out.request(READ)
            assert b"authorization" not in server.requests[0].lower()


class TestRedirects:
    def credentials(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["x-api-key"] = SECRET
        return request

    def test_a_read_follows_within_the_same_origin(self) -> None:
        with Wire(wire.redirects("/other?x=1"), wire.answers(b'{"a": 1}')) as server, opened(server.url) as out:
            assert out.request(READ).json() == {"a": 1}
            assert server.requests[1].startswith(b"GET /other?x=1 ")

    def test_no_one_else_gets_to_see_the_credentials(self) -> None:
        with Wire(wire.answers()) as stranger, Wire(wire.redirects(stranger.url + "/login")) as server:
            with (
                opened(server.url, open_session=lambda: new_session(self.credentials)) as out,
                pytest.raises(UnreadableError),
            ):
                out.request(READ)
            assert stranger.requests == []

    def test_a_file_may_live_elsewhere_and_is_fetched_without_credentials(self) -> None:
        file = Request("GET", "/file", "file", "fetching a file", reads=True, elsewhere=True)
        with Wire(wire.answers(b"bytes", kind="image/png")) as media, Wire(wire.redirects(media.url + "/f")) as server:
            with opened(server.url, open_session=lambda: new_session(self.credentials)) as out:
                assert out.request(file).content == b"bytes"
            assert SECRET.encode() in server.requests[0]
            assert SECRET.encode() not in media.requests[0]

    def test_a_write_follows_nothing(self) -> None:
        with Wire(wire.redirects("/other")) as server, opened(server.url) as out:
            with pytest.raises(RemoteError):
                out.request(WRITE)
            assert len(server.requests) == 1

    def test_a_circle_ends(self) -> None:
        with Wire(wire.redirects("/thing")) as server, opened(server.url, limits=Limits(attempts=1)) as out:
            with pytest.raises(UnreadableError):
                out.request(READ)
            assert len(server.requests) == 6

    def test_an_address_taken_from_an_answer_is_refused_if_it_is_another_host(self) -> None:
        with Wire(wire.answers()) as stranger, Wire(wire.answers()) as server, opened(server.url) as out:
            with pytest.raises(RejectedError, match="another address"):
                out.request(Request("GET", stranger.url + "/x", "x", "x", reads=True))
            assert out.request(Request("GET", server.url + "/x", "x", "x", reads=True)).status_code == 200
            assert stranger.requests == []


class TestLongAnswers:
    """A read time-out begins anew with each byte, and says nothing of their number."""

    @staticmethod
    def drips(connection: socket.socket, request: bytes) -> None:
        """A space now and then, as some do to keep a connection open, and nothing else for ever."""
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
        with contextlib.suppress(OSError):
            connection.sendall(head)
            while True:
                connection.sendall(b" " * 10)

    @pytest.mark.parametrize(
        ("limits", "what"),
        [
            (Limits(attempts=1, longest_answer=0.0), "takes longer than 0 s"),
            (Limits(attempts=1, largest_answer=100), "is larger than 0 MiB"),
        ],
    )
    def test_a_read_gives_it_up(self, limits: Limits, what: str) -> None:
        told = pytest.raises(BrokenOffError, match=what)
        with Wire(self.drips) as server, opened(server.url, limits=limits) as out, told:
            out.request(READ)

    def test_a_write_is_in_doubt(self) -> None:
        with Wire(self.drips) as server, opened(server.url, limits=Limits(largest_answer=100)) as out:
            with pytest.raises(DoubtfulError, match="is larger than"):
                out.request(WRITE)
            assert len(server.requests) == 1

    def test_it_counts_what_was_packed(self) -> None:
        packed = gzip.compress(b" " * 1_000_000)
        bomb = wire.answers(packed, headers=["Content-Encoding: gzip"])
        limits, told = Limits(attempts=1, largest_answer=500_000), pytest.raises(BrokenOffError, match="is larger than")
        with Wire(bomb) as server, opened(server.url, limits=limits) as out, told:
            out.request(READ)

    def test_what_was_packed_is_read_as_ever(self) -> None:
        packed = wire.answers(gzip.compress(b'{"a": 1}'), headers=["Content-Encoding: gzip"])
        with Wire(packed) as server, opened(server.url) as out:
            assert [out.request(READ).json() for _ in range(2)] == [{"a": 1}] * 2
            assert server.connections == 1, "the connection is kept"


class TestCounting:
    def test_every_call_is_heard_with_its_outcome(self) -> None:
        calls: list[Call] = []
        with (
            Wire(wire.answers(status="503 Busy"), wire.answers()) as server,
            opened(server.url, listen=calls.append) as out,
        ):
            out.request(READ)
        assert [(c.endpoint, c.outcome, c.status) for c in calls] == [
            ("thing.get", "unavailable", 503),
            ("thing.get", "ok", 200),
        ]

    def test_the_gate_is_passed_by_every_call_and_left_while_waiting(self) -> None:
        inside = 0
        passed = 0

        @contextmanager
        def gate() -> Iterator[None]:
            nonlocal inside, passed
            inside += 1
            passed += 1
            yield
            inside -= 1

        def nap(seconds: float) -> None:
            assert inside == 0

        @contextmanager
        def safe(request: Request) -> Iterator[None]:
            nonlocal inside
            try:
                with gate():
                    yield
            except RemoteError:
                inside -= 1
                raise

        with (
            Wire(wire.answers(status="503 Busy"), wire.answers()) as server,
            opened(server.url, gate=safe, sleep=nap) as out,
        ):
            out.request(READ)
        assert (inside, passed) == (0, 2)


class TestSecrets:
    def shown(self, error: BaseException) -> str:
        return str(error) + "".join(traceback.format_exception(error))

    @pytest.mark.parametrize("value", [f"{SECRET}\n", f"{SECRET}\r\nX-More: 1"])
    def test_a_malformed_credential_does_not_show(self, value: str) -> None:
        def credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.headers["Authorization"] = value
            return request

        with Wire(wire.answers()) as server:
            with (
                opened(server.url, open_session=lambda: new_session(credentials)) as out,
                pytest.raises(UnavailableError, match="malformed") as caught,
            ):
                out.request(WRITE)
            assert server.requests == []
        assert SECRET not in self.shown(caught.value)

    @pytest.mark.parametrize(
        "text",
        [
            f"Authorization: Bearer {SECRET}",
            f"authorization=basic {SECRET}=",
            f'{{"access_token":"{SECRET}","expires_in":5}}',
            f"grant_type=password&password={SECRET}&x=1",
            f"client_secret: {SECRET}",
            f"x-sn-apikey: {SECRET}",
            f"proxy http://user:{SECRET}@proxy.example.com:3128/ said no",
        ],
    )
    def test_what_looks_like_one_is_hidden(self, text: str) -> None:
        assert SECRET not in redacted(text)
        assert SECRET not in shortened(text)
        assert "[hidden]" in redacted(text)

    def test_plain_words_stay(self) -> None:
        words = "The following fields are mandatory: Resolution code, Close notes"
        assert redacted(words) == words

    def test_the_query_of_a_url_does_not_show(self) -> None:
        with opened(f"http://127.0.0.1:{closed_port()}") as out, pytest.raises(UnavailableError) as caught:
            out.request(Request("GET", "/x", "x", "x", reads=True, params={"email": "jane@example.com"}))
        assert "jane" not in str(caught.value)
        assert "refused" in str(caught.value)

    def test_long_texts_become_one_short_line(self) -> None:
        assert shortened("a\n  b\tc") == "a b c"
        assert shortened("a\x1b[2Jb\u202ec\x9bd") == "a[2Jbcd", "no commands to a terminal"
        assert len(shortened("x" * 10_000_000)) == 300

    def test_an_error_without_words_still_has_a_name(self) -> None:
        assert why(requests.ReadTimeout()) == "ReadTimeout"


NOW = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)


class TestWishes:
    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({}, None),
            ({"Retry-After": ""}, None),
            ({"Retry-After": "soon"}, None),
            ({"Retry-After": "nan"}, None),
            ({"Retry-After": "inf"}, None),
            ({"Retry-After": "12"}, 12.0),
            ({"Retry-After": " 1.5 "}, 1.5),
            ({"Retry-After": "0"}, 1.0),
            ({"Retry-After": "-5"}, 1.0),
            ({"Retry-After": "999999999"}, 3600.0),
            ({"Retry-After": "Thu, 01 Jan 2026 12:00:30 GMT"}, 30.0),
            ({"Retry-After": "Thu, 01 Jan 2026 11:00:00 GMT"}, 1.0),
            ({"X-RateLimit-Reset": str(int(NOW.timestamp()) + 60)}, 60.0),
            ({"X-RateLimit-Reset": str((int(NOW.timestamp()) + 60) * 1000)}, 60.0),
            ({"X-RateLimit-Reset": "45"}, 45.0),
            ({"X-RateLimit-Reset": "2026-01-01T12:01Z"}, 60.0),
            ({"X-RateLimit-Reset": "2026-01-01T14:00:10+02:00"}, 10.0),
            ({"X-RateLimit-Reset": "2026-01-01T12:00:10"}, 10.0),
            ({"Retry-After": "5", "X-RateLimit-Reset": "45"}, 5.0),
            ({"Retry-After": "soon", "X-RateLimit-Reset": "45"}, 45.0),
        ],
        ids=str,
    )
    def test_every_form_is_understood(self, headers: dict[str, str], seconds: float | None) -> None:
        assert retry_after(headers, NOW) == (None if seconds is None else pytest.approx(seconds))

    @given(st.text(max_size=40) | st.floats().map(str) | st.datetimes().map(str))
    def test_no_header_breaks_it(self, raw: str) -> None:
        wish = retry_after({"Retry-After": raw}, NOW)
        assert wish is None or 1.0 <= wish <= 3600.0


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("application/json", True),
        ("application/json;charset=UTF-8", True),
        ("Application/JSON ; x=y", True),
        ("application/problem+json", True),
        ("text/html", False),
        ("", False),
    ],
)
def test_what_claims_to_be_json(kind: str, expected: bool) -> None:
    response = Response()
    response.headers["Content-Type"] = kind
    assert is_json(response) is expected


def test_the_judge_may_read_a_body_that_breaks() -> None:
    """A streamed answer is read later than others; its failure is still an error of ours."""

    def reading(response: Response, request: Request) -> None:
        assert response.content

    stream = Request("GET", "/x", "x", "x", reads=True, stream=True)
    with (
        Wire(wire.breaks_off_in_the_body) as server,
        opened(server.url, judge=reading) as out,
        pytest.raises(UnavailableError, match="broke off"),
    ):
        out.request(stream)
