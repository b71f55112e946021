"""Where a suite is said to miss a safeguard at once, it is taken away, and the suite must fail."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation.elsewhere import ELSEWHERE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("safeguard", ELSEWHERE, ids=str)
def test_it_is_missed(safeguard):
    command = [
        sys.executable, "-m", "pytest", "-n", "0", "-q", "-x", "-p", "no:cacheprovider", "-m", "not long",
        "-p", "tests.simulation.elsewhere", "--without", str(safeguard), safeguard.noticed_by,
    ]  # fmt: skip
    told = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert told.returncode == pytest.ExitCode.TESTS_FAILED, told.stdout + told.stderr


def test_the_documentation_lists_them_all():
    """docs/guarantees.md has a line for each, in the words of the code."""
    page = (ROOT / "docs" / "guarantees.md").read_text(encoding="utf-8")
    rows = [f"| {one.law} | {str(one).replace('_', ' ')} | `{one.noticed_by}` |" for one in ELSEWHERE]
    assert [row for row in rows if row not in page] == []
