"""`--seed FILE`: the issues that a simulated Jira begins with, or what is wrong with the file."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any

from syncd.errors import UserError
from syncd.sandbox.jira import load_issues

WANTED = "it holds one Jira issue a line, as JSON of REST API v2, plain or gzipped (.gz)"


def issues_of(seed: Path) -> list[dict[str, Any]]:
    """The issues of the file."""
    try:
        issues = load_issues(seed)
    except (OSError, EOFError, zlib.error) as error:  # gzip's own errors are of the first two kinds
        reason = getattr(error, "strerror", None) or error
        raise UserError(f"--seed {seed} cannot be read: {reason}") from error
    except ValueError as error:  # JSON, UTF-8
        raise UserError(f"--seed {seed}: {WANTED}; {error}") from error
    if not all(isinstance(issue, dict) and isinstance(issue.get("fields"), dict) for issue in issues):
        raise UserError(f"--seed {seed}: {WANTED}; there is a line without `fields`")
    return issues
