"""Reads exported issues: one JSON object a line, plain or gzipped. `ingest` understands what they say."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from syncd.sandbox.jira.model import Json


def load_issues(path: str | Path, limit: int | None = None) -> list[dict[str, Json]]:
    """All issues of the file, or the first `limit`."""
    file = Path(path)
    rows: list[dict[str, Json]] = []
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
        for line in lines:
            if limit is not None and len(rows) >= limit:
                break
            rows.append(json.loads(line))
    return rows
