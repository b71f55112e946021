"""A Jira made of fixed answers, for what a simulated one has no reason to say."""

from __future__ import annotations

from typing import Any

import responses

from syncd.http import Limits
from syncd.jira.client import Basic, JiraClient

URL = "https://jira.example.com"
CLOUD = {
    "baseUrl": URL,
    "version": "1001.0.0-SNAPSHOT",
    "versionNumbers": [1001, 0, 0],
    "deploymentType": "Cloud",
    "serverTime": "2026-03-31T16:43:50.000+0000",
}
DATA_CENTER = CLOUD | {"version": "9.12.4", "deploymentType": "Server", "serverTime": "2026-03-31T18:43:50.000+0200"}

IMPATIENT = Limits(first_wait=0.0, longest_wait=0.0)


def client(**options: Any) -> JiraClient:
    return JiraClient(URL, Basic("bot@example.com", "s3cret-token"), limits=IMPATIENT, **options)


def server_is(info: dict[str, Any]) -> None:
    """Register who answers to /serverInfo."""
    responses.get(f"{URL}/rest/api/2/serverInfo", json=info)
