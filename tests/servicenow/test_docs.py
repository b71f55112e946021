"""The troubleshooting page quotes messages that syncd really prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "servicenow-integration.md").read_text(encoding="utf-8").partition("## 5. ")[2]
QUOTED = [
    words for row in PAGE.splitlines() if row.startswith("| `") for words in re.findall(r"`([^`]+)`", row.split("|")[1])
]
SOURCE = "".join(
    file.read_text(encoding="utf-8")
    for part in ("servicenow", "oauth", "http", "engine", "store")
    for file in (ROOT / "syncd" / part).rglob("*.py")
)


def test_there_are_some():
    assert len(QUOTED) >= 20


@pytest.mark.parametrize("words", QUOTED)
def test_a_quoted_message_is_one_of_ours(words):
    assert words in SOURCE
