"""Webhooks as they arrive (jira facts section 8)."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from syncd.sandbox.jira.deliveries import signature
from tests.sandbox.jira.talk import Talk


@dataclass
class Inbox:
    """What arrived, and what it is answered with."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    mail: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def payloads(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.mail]


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    box = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            box.mail.append(({k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(box.answers.pop(0) if box.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    box.url = f"http://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield box
    server.shutdown()
    thread.join()
    server.server_close()


def listen(talk: Talk, inbox: Inbox, **details: Any) -> None:
    talk.sandbox.site.webhooks.add(inbox.url, base=talk.server.url, **details)
    talk.sandbox.site.webhooks.deliveries.retry_wait = 0.01


def settle(talk: Talk) -> None:
    talk.sandbox.site.webhooks.deliveries.settle()


def test_the_signature_is_jiras() -> None:
    expected = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    assert signature("It's a Secret to Everybody", b"Hello World!") == expected


def test_an_update_tells_the_issue_and_the_change(either: Talk, inbox: Inbox) -> None:
    listen(either, inbox, secret="s3cret")
    either.act.edit("OPS-1", {"summary": "changed"}, as_user="bruno")
    settle(either)
    ((headers, body),) = inbox.mail
    payload = json.loads(body)
    assert payload["webhookEvent"] == "jira:issue_updated"
    assert payload["issue_event_type_name"] == "issue_generic"
    assert payload["user"]["displayName"] == "Bruno Bach"
    assert payload["issue"]["id"] == "10001"
    assert payload["changelog"]["items"][0]["toString"] == "changed"
    assert isinstance(payload["timestamp"], int)
    assert headers["x-hub-signature"] == "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()
    assert headers["x-atlassian-webhook-flow"] == "Primary"
    assert headers["x-atlassian-webhook-identifier"]
    assert "x-atlassian-webhook-retry" not in headers


def test_without_a_secret_nothing_is_signed(either: Talk, inbox: Inbox) -> None:
    listen(either, inbox)
    either.act.edit("OPS-1", {"summary": "changed"})
    settle(either)
    assert "x-hub-signature" not in inbox.mail[0][0]


def test_a_comment_on_cloud_comes_with_a_brief_issue(cloud: Talk, inbox: Inbox) -> None:
    listen(cloud, inbox)
    cloud.act.comment("OPS-1", "hello")
    settle(cloud)
    (payload,) = inbox.payloads
    assert payload["webhookEvent"] == "comment_created"
    assert set(payload["issue"]["fields"]) == {"summary", "issuetype", "project", "assignee", "priority", "status"}
    assert payload["comment"]["body"] == "hello"


def test_a_comment_on_data_center_comes_without_its_issue_and_again_as_an_update(
    datacenter: Talk, inbox: Inbox
) -> None:
    listen(datacenter, inbox)
    datacenter.act.comment("OPS-1", "hello")
    settle(datacenter)
    comment, update = inbox.payloads
    assert "issue" not in comment
    assert "/issue/10001/comment/" in comment["comment"]["self"]
    assert (update["webhookEvent"], update["issue_event_type_name"]) == ("jira:issue_updated", "issue_commented")
    assert update["issue"]["key"] == "OPS-1"


def test_payloads_show_what_the_integration_user_may_not_see(either: Talk, inbox: Inbox) -> None:
    listen(either, inbox)
    either.act.comment("OPS-1", "for the board only", group="board")
    settle(either)
    assert inbox.payloads[0]["comment"]["body"] == "for the board only"


def test_deletions(either: Talk, inbox: Inbox) -> None:
    comment = either.act.comment("OPS-1", "hello")
    listen(either, inbox, events=["jira:issue_deleted", "comment_deleted"])
    either.act.delete_comment(comment.id)
    either.act.delete("OPS-2")
    settle(either)
    assert [p["webhookEvent"] for p in inbox.payloads] == ["comment_deleted", "jira:issue_deleted"]
    assert inbox.mail[0][0]["x-atlassian-webhook-flow"] == "Secondary"


def test_a_failing_receiver_is_tried_again_with_the_same_identifier(either: Talk, inbox: Inbox) -> None:
    inbox.answers = [503, 429, 200]
    listen(either, inbox)
    either.act.edit("OPS-1", {"summary": "changed"})
    settle(either)
    assert [headers.get("x-atlassian-webhook-retry") for headers, _ in inbox.mail] == [None, "1", "2"]
    assert len({headers["x-atlassian-webhook-identifier"] for headers, _ in inbox.mail}) == 1


def test_a_refusing_receiver_is_left_alone(either: Talk, inbox: Inbox) -> None:
    inbox.answers = [401]
    listen(either, inbox)
    either.act.edit("OPS-1", {"summary": "changed"})
    settle(either)
    assert len(inbox.mail) == 1


def test_nobody_there_is_given_up_after_five_more_tries(either: Talk, inbox: Inbox) -> None:
    listen(either, inbox)
    either.sandbox.site.webhooks.deliveries.retry_wait = 0.0
    inbox.answers = [500] * 9
    either.act.edit("OPS-1", {"summary": "changed"})
    settle(either)
    assert len(inbox.mail) == 6


def test_bad_days_doubled_and_forged(either: Talk, inbox: Inbox) -> None:
    listen(either, inbox, secret="s3cret")
    deliveries = either.sandbox.site.webhooks.deliveries
    deliveries.doubled = deliveries.forged = True
    either.act.edit("OPS-1", {"summary": "changed"})
    settle(either)
    assert len(inbox.mail) == 2
    headers, body = inbox.mail[0]
    assert headers["x-hub-signature"] != signature("s3cret", body)


def test_nothing_is_sent_for_an_edit_that_changes_nothing(either: Talk, inbox: Inbox) -> None:
    either.act.edit("OPS-1", {"summary": "changed"})
    listen(either, inbox)
    either.act.edit("OPS-1", {"summary": "changed"})
    settle(either)
    assert inbox.mail == []
