"""Every address that can be looked at, from the program's own document."""

from __future__ import annotations

from collections.abc import Iterator

import httpx


def every_address(client: httpx.Client) -> Iterator[str]:
    document = client.get("/openapi.json")
    yield "/openapi.json"
    for path, operations in document.json()["paths"].items():
        if "get" in operations:
            yield path.replace("{key}", "OPS-1").replace("{name}", "ops-incidents").replace("{id}", "1")
    for number in range(7):
        for kind in ("jira", "servicenow"):
            yield f"/api/{kind}/config?name={kind}-{number}"
