"""The user map: a CSV file with the columns `jira` and `servicenow`, for people whom no address or login connects.

`jira` is an account id, a key, a login, an e-mail address or a display name; `servicenow` a user name, an e-mail
address or a sys_id. Reads the file; looks nobody up.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from syncd.core.model import Json

COLUMNS = ("jira", "servicenow")
_IDENTITIES = ("accountId", "key", "name", "emailAddress", "displayName")
"""What of a Jira user may stand in the column `jira`, the surest first."""


@dataclass(frozen=True, slots=True)
class UserMap:
    """`known` maps what Jira says (in lower case) to what ServiceNow says. `fallback` stands in for everybody else."""

    known: Mapping[str, str] = field(default_factory=dict)
    fallback: str = ""

    def find(self, user: Json) -> str:
        """What the file says of this user, or ""."""
        said = [user.get(key) for key in _IDENTITIES] if isinstance(user, dict) else [user]
        return next((self.known[s.casefold()] for s in said if isinstance(s, str) and s.casefold() in self.known), "")


def read_users(path: Path) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """The map, and what is wrong with the file as (line, sentence)."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        return {}, [(1, f"cannot be read: {error.strerror or error}")]
    except UnicodeDecodeError:
        return {}, [(1, "is not UTF-8 text; save it as UTF-8")]
    known: dict[str, str] = {}
    problems: list[tuple[int, str]] = []
    reader = csv.reader(lines)
    for row in reader:
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if not known and not problems and tuple(c.lower() for c in cells) == COLUMNS:
            continue
        if len(cells) != 2 or not all(cells):
            problems.append((reader.line_num, "a line has two cells, jira and servicenow, and neither is empty"))
        elif known.setdefault(cells[0].casefold(), cells[1]) != cells[1]:
            problems.append((reader.line_num, f"{cells[0]} is mapped to {known[cells[0].casefold()]} already"))
    return known, problems
