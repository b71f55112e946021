"""Who somebody is and what they may do: users, contained roles, access rules. Reads no request and checks no password.

Rules of the options come before the default ones; of the rules that match, the most specific decides (facts 7.2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from syncd.sandbox.servicenow.options import Acl, UserSpec

_CONTAINED: dict[str, tuple[str, ...]] = {
    "itil": (
        "snc_platform_rest_api_access",
        "sn_incident_read",
        "sn_incident_write",
        "sn_change_read",
        "sn_change_write",
        "sn_problem_read",
        "sn_problem_write",
        "sn_request_write",
        "cmdb_read",
    ),
    "itil_admin": ("itil",),
    "change_manager": ("itil", "sn_change_write"),
    "problem_manager": ("itil", "sn_problem_write"),
    "import_admin": ("import_set_loader", "import_transformer"),
}


@dataclass(frozen=True, slots=True)
class User:
    """Who asks. `roles` has the contained ones in it."""

    user_name: str
    sys_id: str
    name: str
    roles: frozenset[str]
    zone: tzinfo = UTC
    date_format: str = "yyyy-MM-dd"
    time_format: str = "HH:mm:ss"
    language: str = "en"

    @property
    def is_admin(self) -> bool:
        return "admin" in self.roles

    def has(self, roles: Iterable[str]) -> bool:
        """One of the roles; admin has them all."""
        return self.is_admin or not self.roles.isdisjoint(roles)


SYSTEM = User("system", "", "System", frozenset({"admin"}))


def user_of(spec: UserSpec, sys_id: str, default_zone: str) -> User:
    return User(
        spec.user_name,
        sys_id,
        spec.name or spec.user_name,
        expanded(spec.roles),
        zone_of(spec.time_zone or default_zone),
        spec.date_format,
        spec.time_format,
        spec.language,
    )


def zone_of(name: str) -> tzinfo:
    """The time zone of this name; an unknown one is read as UTC, as an empty one is."""
    if not name or name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def expanded(roles: Iterable[str]) -> frozenset[str]:
    """The roles and all that they contain."""
    found: set[str] = set()
    waiting = list(roles)
    while waiting:
        role = waiting.pop()
        if role not in found:
            found.add(role)
            waiting.extend(_CONTAINED.get(role, ()))
    return frozenset(found)


def _rules(tables: str, read: str = "", write: str = "", create: str = "", delete: str = "admin") -> list[Acl]:
    """The four table rules of each table; roles are separated by blanks, none means everybody."""
    wanted = {"read": read, "write": write, "create": create or write, "delete": delete}
    return [
        Acl(table, operation, frozenset(roles.split()))
        for table in tables.split()
        for operation, roles in wanted.items()
    ]


DEFAULT_ACLS: tuple[Acl, ...] = (
    *_rules("*", read="itil", write="admin"),
    *_rules("task sc_request sc_req_item sc_task incident_task", read="itil", write="itil"),
    *_rules("incident", read="itil sn_incident_read sn_incident_write", write="itil sn_incident_write"),
    *_rules("change_request change_task", read="itil sn_change_read sn_change_write", write="itil sn_change_write"),
    *_rules("problem problem_task", read="itil sn_problem_read sn_problem_write", write="itil sn_problem_write"),
    *_rules("sys_user", write="user_admin admin"),
    *_rules("sys_user_group sys_user_grmember sys_user_role sys_user_has_role", write="user_admin admin"),
    *_rules("core_company cmn_location cmn_department", write="admin"),
    *_rules("sys_choice sys_dictionary sys_db_object sys_glide_object", write="admin"),
    *_rules("cmdb_ci", read="itil cmdb_read", write="itil"),
    *_rules("cmdb_rel_ci cmdb_rel_type", read="itil cmdb_read", write="itil", delete="itil"),
    *_rules("sys_journal_field sys_audit sys_audit_delete", read="audit_viewer", write="admin"),
    *_rules("sys_attachment", write="itil", delete="itil"),
    *_rules("sys_properties", read="admin", write="admin"),
    *_rules(
        "sys_import_set sys_import_set_row sys_transform_map sys_transform_entry",
        read="import_set_loader import_transformer import_admin",
        write="import_set_loader import_admin",
        delete="import_admin",
    ),
    Acl("sys_user", "read", frozenset({"admin"}), field="user_password"),
)


class Access:
    """Which rule counts for an operation on a table or a field."""

    def __init__(self, acls: Iterable[Acl]) -> None:
        self._rules: dict[tuple[str, str, str], list[Acl]] = {}
        self._guarded: dict[tuple[tuple[str, ...], str, frozenset[str]], frozenset[str]] = {}
        for acl in DEFAULT_ACLS:
            self._rules.setdefault((acl.table, acl.operation, acl.field), []).append(acl)
        for key, own in _grouped(acls).items():
            self._rules[key] = own

    def table_rules(self, lineage: tuple[str, ...], operation: str) -> list[Acl]:
        """The rules of the nearest table in the lineage that has any, else those of every table."""
        for table in (*lineage, "*"):
            rules = self._rules.get((table, operation, ""))
            if rules:
                return rules
        return []

    def guarded_fields(self, lineage: tuple[str, ...], operation: str, user: User) -> frozenset[str]:
        """The fields that this user may not read or write, whatever the record."""
        key = (lineage, operation, user.roles)
        if key not in self._guarded:
            self._guarded[key] = frozenset(
                field
                for (table, op, field), rules in self._rules.items()
                if field and op == operation and table in lineage and not any(_has_roles(user, r) for r in rules)
            )
        return self._guarded[key]

    def allows_table(self, user: User, lineage: tuple[str, ...], operation: str) -> bool:
        """Whether the user's roles open the table at all, conditions apart."""
        rules = self.table_rules(lineage, operation)
        return user.is_admin or not rules or any(_has_roles(user, rule) for rule in rules)

    def conditions(self, user: User, lineage: tuple[str, ...], operation: str) -> list[str]:
        """Encoded queries of which the record must match one; empty if the user needs none."""
        if user.is_admin:
            return []
        open_to = [rule for rule in self.table_rules(lineage, operation) if _has_roles(user, rule)]
        return [] if any(not rule.condition for rule in open_to) else [rule.condition for rule in open_to]


def _has_roles(user: User, rule: Acl) -> bool:
    return not rule.roles or user.has(rule.roles)


def _grouped(acls: Iterable[Acl]) -> dict[tuple[str, str, str], list[Acl]]:
    groups: dict[tuple[str, str, str], list[Acl]] = {}
    for acl in acls:
        groups.setdefault((acl.table, acl.operation, acl.field), []).append(acl)
    return groups
