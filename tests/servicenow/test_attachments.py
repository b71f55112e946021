"""Files: they arrive once and whole."""

from __future__ import annotations

import hashlib
import io

import pytest
import responses

from syncd.errors import DoubtfulError, NotFoundError, UnreadableError
from syncd.servicenow import OAuth, PasswordGrant, Row, ServiceNowClient
from tests.servicenow.conftest import URL
from tests.servicenow.instance import Served

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def snow(instance: Served) -> ServiceNowClient:
    return instance.client()


@pytest.fixture
def incident(snow: ServiceNowClient) -> Row:
    return snow.create_incident("x")


def test_a_file_goes_there_and_back(snow: ServiceNowClient, incident: Row) -> None:
    sent = snow.attach("incident", incident["sys_id"], "Übersicht & 1.bin", "application/x-test", io.BytesIO(CONTENT))
    assert (sent.name, sent.size) == ("Übersicht & 1.bin", len(CONTENT))
    assert sent.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert snow.attachments("incident", incident["sys_id"]) == (sent,)
    assert b"".join(snow.fetch(sent)) == CONTENT


def test_an_empty_file_and_one_without_a_kind(snow: ServiceNowClient, incident: Row) -> None:
    sent = snow.attach("incident", incident["sys_id"], "empty", "", io.BytesIO(b""))
    assert sent.size == 0
    assert b"".join(snow.fetch(sent)) == b""


def test_a_page_of_text_is_no_login_page(snow: ServiceNowClient, incident: Row) -> None:
    sent = snow.attach("incident", incident["sys_id"], "a.html", "text/html", io.BytesIO(b"<html>hello</html>"))
    assert b"".join(snow.fetch(sent)) == b"<html>hello</html>"


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        ("text/plain; charset=utf-8", "text/plain; charset=utf-8"),
        ('text/plain; name="€.txt"', "text/plain"),
        (" text/plain", "text/plain"),
        ("text/pl\nain", "application/octet-stream"),
        ("no kind", "application/octet-stream"),
    ],
)
def test_a_kind_that_no_header_can_carry_does_not_keep_the_file_back(
    kind: str, stored: str, snow: ServiceNowClient, incident: Row
) -> None:
    """Whoever uploaded the file first may have called its kind anything."""
    sent = snow.attach("incident", incident["sys_id"], "a.txt", kind, io.BytesIO(b"text"))
    assert sent.content_type == stored
    assert b"".join(snow.fetch(sent)) == b"text"


@pytest.mark.parametrize("body", [{"result": []}, {"result": [{"file_name": "a"}]}, {"result": {}}])
def test_a_confirmation_of_no_file_in_particular_is_a_doubt(
    body: object, client: ServiceNowClient, web: responses.RequestsMock
) -> None:
    web.post(f"{URL}/api/now/attachment/file", json=body, status=201)
    web.get(f"{URL}/api/now/attachment", json={"result": []}, headers={"X-Total-Count": "0"})
    with pytest.raises(DoubtfulError, match="without saying its sys_id"):
        client.attach("incident", "f" * 32, "a", "text/plain", io.BytesIO(b"text"))


@pytest.mark.parametrize("kind", ["lost_answer", "truncated", "forbidden_after_commit", "server_error_after"])
def test_it_is_sent_once_when_the_answer_is_lost(
    kind: str, snow: ServiceNowClient, incident: Row, instance: Served
) -> None:
    instance.sandbox.faults.add(kind, method="POST", path="/api/now/attachment/*")
    sent = snow.attach("incident", incident["sys_id"], "a.bin", "", io.BytesIO(CONTENT))
    assert snow.attachments("incident", incident["sys_id"]) == (sent,)


def test_one_that_may_still_arrive_is_a_doubt(snow: ServiceNowClient, incident: Row, instance: Served) -> None:
    instance.sandbox.faults.add("lost_request", method="POST", path="/api/now/attachment/*")
    with pytest.raises(DoubtfulError):
        snow.attach("incident", incident["sys_id"], "a.bin", "", io.BytesIO(CONTENT))


def test_a_record_that_is_not_there_takes_no_file(snow: ServiceNowClient) -> None:
    with pytest.raises(NotFoundError):
        snow.attach("incident", "0" * 32, "a.bin", "", io.BytesIO(CONTENT))


def test_other_bytes_than_stored_are_noticed(snow: ServiceNowClient, incident: Row, instance: Served) -> None:
    sent = snow.attach("incident", incident["sys_id"], "a.bin", "", io.BytesIO(CONTENT))
    instance.sandbox.instance.blobs[sent.sys_id] = CONTENT[:-1]
    with pytest.raises(UnreadableError, match="other bytes"):
        b"".join(snow.fetch(sent))


def test_a_hibernating_instance_does_not_become_the_file(
    snow: ServiceNowClient, incident: Row, instance: Served
) -> None:
    sent = snow.attach("incident", incident["sys_id"], "a.bin", "", io.BytesIO(CONTENT))
    instance.sandbox.faults.add("hibernating", count=0)
    with pytest.raises(UnreadableError, match="page instead"):
        b"".join(snow.fetch(sent))
    instance.sandbox.faults.clear()
    instance.sandbox.faults.add("hibernating")
    assert b"".join(snow.fetch(sent)) == CONTENT


def test_one_that_is_deleted_is_gone(snow: ServiceNowClient, incident: Row) -> None:
    sent = snow.attach("incident", incident["sys_id"], "a.bin", "", io.BytesIO(CONTENT))
    snow.detach(sent)
    assert snow.attachments("incident", incident["sys_id"]) == ()
    with pytest.raises(NotFoundError):
        b"".join(snow.fetch(sent))


def test_hidden_files_are_not_absent_ones(web: responses.RequestsMock, client: ServiceNowClient) -> None:
    query = {"table_name": "incident", "table_sys_id": "a" * 32}
    shown = {"sys_id": "b" * 32, "file_name": "a.bin", "size_bytes": "", **query}
    web.get(f"{URL}/api/now/attachment", json={"result": [shown]}, headers={"X-Total-Count": "2"})
    with pytest.raises(UnreadableError, match="hides files"):
        client.attachments("incident", "a" * 32)


def test_other_bytes_stored_than_sent_are_a_doubt(web: responses.RequestsMock, client: ServiceNowClient) -> None:
    """An instance may rewrite a file on its way in; nobody should take that for the file."""
    stored = {"sys_id": "b" * 32, "file_name": "a.bin", "size_bytes": "3", "hash": "0" * 64}
    web.post(f"{URL}/api/now/attachment/file", status=201, json={"result": stored})
    with pytest.raises(DoubtfulError, match="other bytes"):
        client.attach("incident", "a" * 32, "a.bin", "", io.BytesIO(b"abc"))


def test_a_file_is_sent_whole_again_after_a_token_was_renewed(instance: Served) -> None:
    auth = OAuth(PasswordGrant("syncd-client", "syncd-secret", "svc_syncd", "syncd"))
    snow = instance.client(auth)
    record = snow.create_incident("x")
    instance.sandbox.tokens.expire_all()
    sent = snow.attach("incident", record["sys_id"], "log.txt", "text/plain", io.BytesIO(CONTENT))
    assert sent.sha256 == hashlib.sha256(CONTENT).hexdigest()
