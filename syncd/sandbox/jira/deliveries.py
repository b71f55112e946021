"""Sends webhooks from one thread of its own, in order, with Jira's headers and its idea of what deserves another try.

`retry_wait` stands for the 5 to 15 minutes of the real one. `doubled`, `shuffled` and `forged` are its bad days.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import queue
import random
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass

from syncd.sandbox.jira.model import Json

_AGAIN = (408, 409, 425, 429)
_TRIES = 6
_TIMEOUT = 20.0


@dataclass(frozen=True, slots=True)
class Delivery:
    url: str
    payload: Json
    identifier: str
    flow: str
    secret: str | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """One attempt: the status, or None if nobody answered."""

    identifier: str
    event: str
    attempt: int
    status: int | None


class Deliveries:
    def __init__(self) -> None:
        self.retry_wait = 0.05
        self.doubled = False
        self.shuffled = False
        self.forged = False
        self.receipts: list[Receipt] = []
        self._waiting: queue.Queue[Delivery] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._random = random.Random(1)
        self._pause = threading.Event()

    def send(self, delivery: Delivery) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="jira-webhooks", daemon=True)
            self._thread.start()
        self._waiting.put(delivery)
        if self.doubled:
            self._waiting.put(delivery)

    def settle(self) -> None:
        """Wait until everything was sent, or given up."""
        self._waiting.join()

    def _work(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while self.shuffled and not self._waiting.empty():
                batch.append(self._waiting.get())
            self._random.shuffle(batch)
            for delivery in batch:
                self._deliver(delivery)
                self._waiting.task_done()

    def _deliver(self, delivery: Delivery) -> None:
        body = json.dumps(delivery.payload).encode()
        for attempt in range(_TRIES):
            status = self._post(delivery, body, attempt)
            event = delivery.payload["webhookEvent"]
            self.receipts.append(Receipt(delivery.identifier, event, attempt, status))
            if status is not None and status not in _AGAIN and status < 500:
                return
            self._pause.wait(self.retry_wait)

    def _post(self, delivery: Delivery, body: bytes, attempt: int) -> int | None:
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": delivery.identifier,
            "X-Atlassian-Webhook-Flow": delivery.flow,
        }
        if attempt:
            headers["X-Atlassian-Webhook-Retry"] = str(attempt)
        if delivery.secret is not None:
            headers["X-Hub-Signature"] = signature("forged" if self.forged else delivery.secret, body)
        request = urllib.request.Request(delivery.url, body, headers, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return None  # refused, reset or too slow: all the same to Jira


def signature(secret: str, body: bytes) -> str:
    """As in X-Hub-Signature (facts 8.2)."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"
