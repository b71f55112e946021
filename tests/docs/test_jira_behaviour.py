"""The page on Jira's behaviour names tests; every one of them exists."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "jira-behaviour.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)


def test_every_test_that_is_named_exists() -> None:
    missing = [
        f"{file}::{name}"
        for file, name in NAMED
        if not (ROOT / file).exists() or not re.search(rf"def {name}\b", (ROOT / file).read_text(encoding="utf-8"))
    ]
    assert missing == []


def test_every_behaviour_has_its_answer_and_its_proof() -> None:
    supported = PAGE.partition("## Not supported")[0]
    rows = [line for line in supported.splitlines() if line.startswith("| ") and not line.startswith("| Jira |")]
    assert len(rows) > 50
    for row in rows:
        jira, answer, proof, *more = (cell.strip(" |") for cell in row.split(" | "))
        assert not more, row
        assert all([jira, answer, "::" in proof]), row
