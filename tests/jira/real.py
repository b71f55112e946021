"""The real issues beside the repository, where they are there."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).parents[3] / "shared" / "data" / "jira-issues.jsonl.gz"

needs_real_issues = pytest.mark.skipif(not FILE.exists(), reason="the real issues are not here")


def real_issues() -> list[dict[str, Any]]:
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
