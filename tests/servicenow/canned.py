"""Canned list answers, in the order they are asked for, and what was asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses

from tests.servicenow.conftest import URL


def rows(
    web: responses.RequestsMock, table: str, *found: Mapping[str, Any], total: int | None = None, **more: Any
) -> None:
    """The next answer to a list query of `table`. `total` differs from the rows where some are hidden."""
    headers = {"X-Total-Count": str(len(found) if total is None else total)}
    web.get(f"{URL}/api/now/table/{table}", json={"result": list(found)}, headers=headers, **more)


def refused(web: responses.RequestsMock, table: str) -> None:
    web.get(
        f"{URL}/api/now/table/{table}",
        status=403,
        json={"error": {"message": "Insufficient rights to query records", "detail": None}, "status": "failure"},
    )


def asked(web: responses.RequestsMock, call: int = -1) -> dict[str, str]:
    """The parameters of one call."""
    url = str(web.calls[call].request.url)
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
