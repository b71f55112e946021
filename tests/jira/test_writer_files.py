"""Files that syncd sends to Jira and fetches from it: once each, byte by byte, credentials at home."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest

from syncd.errors import AuthError, DoubtfulError, RejectedError, RemoteError, UnreadableError
from syncd.http import Request
from syncd.jira.multipart import FilePart
from syncd.sandbox.jira.rest import attachments as rest
from tests.jira.writing import ANSWERS_LOST, Desk, cloud, datacenter, either, lose, running

__all__ = ["cloud", "datacenter", "either", "running"]

POST = "*/attachments"
BYTES = bytes(range(256)) * 1_000


def a_file(content: bytes = BYTES) -> io.BytesIO:
    return io.BytesIO(content)


@pytest.mark.parametrize("name", ["log.txt", "a file é.txt", 'odd "name";\\.txt', "100%.txt", "a\r\nb: c.txt"])
def test_a_file_arrives_with_its_bytes_and_its_name(either: Desk, name: str) -> None:
    sent = either.writer.attach(either.id, name, "text/plain", a_file())
    (stored,) = either.files
    assert stored.content == BYTES
    assert (sent.id, sent.size, sent.content_type) == (stored.id, len(BYTES), "text/plain")
    if name.isprintable():
        assert sent.name == stored.filename
    assert either.made() == ["files", "file.send"]


def test_the_limit_is_asked_for_once(either: Desk) -> None:
    for name in ("one", "two"):
        either.writer.attach(either.id, name, "", a_file())
    assert either.made() == ["files", "file.send", "file.send"]


def test_a_file_is_sent_from_where_it_stands(either: Desk) -> None:
    file = a_file()
    file.seek(1_000)
    assert either.writer.attach(either.id, "rest", "", file).size == len(BYTES) - 1_000


def test_a_file_that_is_too_large_is_not_sent(either: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest, "UPLOAD_LIMIT", 999)
    with pytest.raises(RejectedError, match="files of 999 bytes at most, and big has 1000"):
        either.writer.attach(either.id, "big", "", a_file(b"x" * 1_000))
    assert either.made() == ["files"]


def test_a_limit_that_was_lowered_meanwhile_is_jiras_refusal(either: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    either.writer.attach(either.id, "small", "", a_file(b"x"))
    monkeypatch.setattr(rest, "UPLOAD_LIMIT", 999)
    with pytest.raises(RejectedError, match="exceeds its maximum permitted size"):
        either.writer.attach(either.id, "big", "", a_file(b"x" * 1_000))


@pytest.mark.parametrize(("kind", "done"), ANSWERS_LOST)
def test_after_a_lost_answer_the_issue_is_looked_at(either: Desk, kind: str, done: bool) -> None:
    lose(either.sandbox, kind, POST, done=done)
    if done:
        found = either.writer.attach(either.id, "log.txt", "", a_file())
        assert found.id == either.files[0].id
    else:
        with pytest.raises(DoubtfulError):
            either.writer.attach(either.id, "log.txt", "", a_file())
        assert either.writer.find_attachment(either.id, "log.txt", a_file()) is None
    assert either.made(writes=True) == ["files", "file.send"][1:]
    assert len(either.files) == int(done)


def test_a_look_that_fails_leaves_the_doubt(either: Desk) -> None:
    either.sandbox.faults.add("drop_after", method="POST", path=POST)
    either.sandbox.faults.add("html", method="GET", path="*/issue/*", count=4)
    with pytest.raises(DoubtfulError):
        either.writer.attach(either.id, "log.txt", "", a_file())
    found = either.writer.find_attachment(either.id, "log.txt", a_file())
    assert found is not None
    assert found.id == either.files[0].id


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("other.txt", BYTES, id="another name"),
        pytest.param("log.txt", BYTES[:-1], id="another size"),
        pytest.param("log.txt", b"x" + BYTES[1:], id="other bytes"),
    ],
)
def test_somebody_elses_file_is_not_taken_for_ours(either: Desk, name: str, content: bytes) -> None:
    either.sandbox.act.attach("OPS-1", name, content)
    assert either.writer.find_attachment(either.id, "log.txt", a_file()) is None


def test_a_file_that_was_there_before_can_be_told_apart(either: Desk) -> None:
    old = either.sandbox.act.attach("OPS-1", "log.txt", BYTES)
    either.sandbox.faults.add("drop_before", method="POST", path=POST)
    with pytest.raises(DoubtfulError):
        either.writer.attach(either.id, "log.txt", "", a_file(), known=[old.id])


def test_files_are_listed_in_the_order_in_which_they_came(either: Desk) -> None:
    for number in range(12):
        either.sandbox.act.attach("OPS-1", f"{number}", b"x")
    assert [file.name for file in either.writer.attachments(either.id)] == [str(number) for number in range(12)]


@pytest.mark.parametrize("name", ["log.txt", "a file é?#%.txt"])
def test_what_was_sent_can_be_fetched(either: Desk, name: str) -> None:
    sent = either.writer.attach(either.id, name, "", a_file())
    assert b"".join(either.writer.fetch(sent)) == BYTES
    assert either.sandbox.site.leaks == []  # the other host was shown no credentials
    if not either.cloud:
        assert either.sandbox.requests[-1].path == f"/secure/attachment/{sent.id}/{name}"


def test_a_file_that_is_not_whole_is_noticed(either: Desk) -> None:
    sent = either.writer.attach(either.id, "log.txt", "", a_file())
    with pytest.raises(UnreadableError, match="256000 of 256001 bytes"):
        list(either.writer.fetch(replace(sent, size=sent.size + 1)))


def test_a_log_in_page_is_not_taken_for_the_file(datacenter: Desk) -> None:
    sent = datacenter.writer.attach(datacenter.id, "log.txt", "", a_file())
    datacenter.sandbox.faults.add("html", method="GET", path="/secure/*", count=None)
    with pytest.raises(RemoteError):
        list(datacenter.writer.fetch(sent))


def test_credentials_go_to_the_configured_address_only(either: Desk) -> None:
    """Whatever Jira believes its own address to be: files of a Jira behind a proxy are fetched through the proxy."""
    either.sandbox.set(base_url="http://elsewhere.example.com")
    sent = either.writer.attach(either.id, "log.txt", "", a_file())
    assert b"".join(either.writer.fetch(sent)) == BYTES


def test_a_missing_permission_to_attach(either: Desk) -> None:
    either.sandbox.act.deny("attach", "OPS")
    with pytest.raises(RejectedError, match="permission to create attachments"):
        either.writer.attach(either.id, "log.txt", "", a_file())
    assert either.files == ()


def test_a_file_is_sent_whole_again_after_a_token_was_renewed(
    datacenter: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused credentials have had no effect, so the door sends the request again: from its beginning."""

    def renew(error: AuthError, request: Request) -> bool:
        datacenter.sandbox.restore()
        return True

    datacenter.writer.attach(datacenter.id, "first", "", a_file(b"x"))
    datacenter.sandbox.revoke()
    monkeypatch.setattr(datacenter.writer._client._door, "_recover", renew)
    assert datacenter.writer.attach(datacenter.id, "log.txt", "", a_file()).size == len(BYTES)
    assert [file.content for file in datacenter.files] == [b"x", BYTES]


class Watched(io.BytesIO):
    """Remembers the largest piece that was read at once."""

    largest = 0

    def read(self, size: int | None = -1, /) -> bytes:
        piece = super().read(size)
        self.largest = max(self.largest, len(piece))
        return piece


def test_a_file_is_never_in_memory_as_a_whole() -> None:
    file = Watched(b"x" * 1_000_000)
    part = FilePart("file", "big", "text/plain", file)
    sizes = [len(piece) for piece in part]
    assert sum(sizes) == len(part) > 1_000_000
    assert max(sizes) == file.largest <= 65_536


@pytest.mark.parametrize("again", [list, b"".join])
def test_a_body_can_be_read_twice(again: Callable[[FilePart], object]) -> None:
    part = FilePart("file", "log.txt", "text/plain", a_file(b"some bytes"))
    assert again(part) == again(part)
