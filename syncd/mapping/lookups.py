"""`lookup:` a value of Jira -> a Reference that the target resolves. Symbolic: knows nobody, calls nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncd.core.model import Json, Reference
from syncd.mapping.text import as_text, clean
from syncd.mapping.users import UserMap

_SYS_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Lookup:
    """Where to look. With no `column` the kind of row says where: a user or a group."""

    table: str
    column: str = ""


USER = Lookup("sys_user")
GROUP = Lookup("sys_user_group")


def reference(lookup: Lookup, value: Json, users: UserMap) -> Reference | None:
    """How the target can find what `value` means; None if Jira shows nothing of it that could be looked for.

    | lookup          | value            | candidates, in order of trust                                         |
    |-----------------|------------------|-----------------------------------------------------------------------|
    | user            | a Jira user      | the user map's, email, user_name (the login), the fallback's          |
    | user            | text             | the user map's, user_name, email, name, the fallback's                |
    | group           | text, an object  | name                                                                  |
    | {table, column} | text, an object  | that column                                                           |

    A text of 32 hex digits is a sys_id first. A display name alone never stands for a Jira user: names are not unique.
    """
    if lookup == USER:
        candidates = _user(value, users)
    else:
        text = as_text(value)
        candidates = [*_sys_id(text), (lookup.column or "name", text)]
    if not candidates:
        return None
    return Reference(lookup.table, tuple(dict.fromkeys(candidates)), as_text(value))


def _user(value: Json, users: UserMap) -> list[tuple[str, str]]:
    found = _account(users.find(value))
    if isinstance(value, dict):
        for column, key in (("email", "emailAddress"), ("user_name", "name")):
            text = value.get(key)
            if isinstance(text, str) and text.strip():
                found.append((column, clean(text).strip()))
    else:
        text = as_text(value)
        found += [*_account(text), ("name", text)] if text else []
    return found + _account(users.fallback)


def _account(text: str) -> list[tuple[str, str]]:
    """Where a user stands who is named by what a person would type."""
    return [*_sys_id(text), ("user_name", text), ("email", text)] if text else []


def _sys_id(text: str) -> list[tuple[str, str]]:
    return [("sys_id", text)] if _SYS_ID.fullmatch(text) else []
