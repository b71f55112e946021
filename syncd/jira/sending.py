"""One write to Jira: sent once, and confirmed in the way that Jira confirms such a write, or in doubt.

Knows no kind of write; `judge` and `doubt` have said what the answer means before it comes here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from syncd.errors import DoubtfulError, RejectedError
from syncd.http import Request, Response
from syncd.jira.client import API, JiraClient

NO_CHECK = {"X-Atlassian-Token": "no-check"}
"""Uploads need it, and so does any write behind a proxy that makes us look like a browser (jira facts 7.11, 9.3)."""


class Sending:
    """Sends writes through a client. Threads may share it."""

    def __init__(self, client: JiraClient) -> None:
        self.client = client

    def send(
        self,
        method: str,
        path: str,
        *,
        endpoint: str,
        step: str,
        confirmed_by: Collection[int],
        json: Any = None,
        data: Any = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send it, once. An answer with another status than `confirmed_by` confirms nothing."""
        request = Request(
            method,
            path,
            endpoint,
            step,
            reads=False,
            params=params,
            json=json,
            data=data,
            headers={**NO_CHECK, **(headers or {})},
        )
        response = self.client.request(request)
        if response.status_code not in confirmed_by:
            raise self.doubt("did not confirm the write as it should", step, status=response.status_code)
        return response

    def told(self, response: Response, step: str) -> Any:
        """The JSON that confirms a write."""
        try:
            return response.json()
        except ValueError as error:
            raise self.doubt("confirmed the write with an answer that is cut off or no JSON", step) from error

    def path(self, issue: str, rest: str = "") -> str:
        """The path of an issue, by its lasting id, or of something on it."""
        if not (issue.isascii() and issue.isdigit()):
            raise self.refusal(f"has no issue ids like {issue!r}", "writing to it")
        return f"{API}/issue/{issue}{rest}"

    def doubt(self, message: str, step: str, *, status: int | None = None) -> DoubtfulError:
        return DoubtfulError(message, system=self.client.connection, step=step, status=status)

    def refusal(self, message: str, step: str, *, status: int | None = None, detail: str = "") -> RejectedError:
        """The error of a write that is not sent, since Jira would refuse it or it would do harm."""
        return RejectedError(message, system=self.client.connection, step=step, status=status, detail=detail)
