"""Fills a fresh instance: users and their roles, groups, choices, dictionary, properties, an import staging table."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import md5

from syncd.sandbox.servicenow.access import user_of
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.options import BusinessRule, UserSpec
from syncd.sandbox.servicenow.seed_choices import CHOICES
from syncd.sandbox.servicenow.seed_people import (
    DEPARTMENTS,
    GROUPS,
    MANAGERS,
    PEOPLE,
    PROPERTIES,
    SERVERS,
    SERVICES,
    STANDARD_CHANGES,
)

WELL_KNOWN = {
    ("user", "admin"): "6816f79cc0a8016401c5a33be04be441",
    ("user", "problem.admin"): "26fbff173b331300ad3cc9bb34efc4bd",
    ("user", "natasha.ingram"): "46c5bf6ca9fe1981010713e3ac7d3384",
    ("role", "admin"): "2831a114c611228501d4ea6c309d626d",
    ("cmn_department", "Finance"): "a581ab703710200044e0bfc8bcbe5de8",
}
"""Ids that are the same on every real instance with demo data, too; clients have them built in."""

LOG_LINES = 700


def stable_id(kind: str, name: str) -> str:
    """The id that a seeded record has on every sandbox, so that fixtures may name it."""
    known = WELL_KNOWN.get((kind, name))
    if known:
        return known
    return md5(f"{kind}:{name}".encode(), usedforsecurity=False).hexdigest()


def fill(instance: Instance) -> None:
    """Move in. Records that are seeded have the same sys_id on every instance."""
    for name in GROUPS:
        instance.store("sys_user_group", {"sys_id": stable_id("group", name), "name": name})
    for spec in instance.options.users:
        add_user(instance, spec)
    if instance.options.demo_data:
        _demo_data(instance)
    for name in ("Normal", "Standard", "Emergency"):
        _named(instance, "chg_model", name)
    for name, values in STANDARD_CHANGES:
        producer = stable_id("std_change_record_producer", name)
        _named(instance, "std_change_producer_version", name, {"std_change_producer": producer, "values": values})
    for name, value in (
        *PROPERTIES,
        ("glide.sys.default.tz", instance.options.time_zone),
        *instance.options.properties,
    ):
        _named(instance, "sys_properties", name, {"value": value})
    for rule in instance.options.business_rules:
        _script(instance, rule)
    _choices(instance)
    _dictionary(instance)
    _imports(instance)


def _demo_data(instance: Instance) -> None:
    for spec in PEOPLE:
        add_user(instance, spec)
    for table, names in (("cmdb_ci_service", SERVICES), ("cmdb_ci_linux_server", SERVERS)):
        for name in names:
            _named(instance, table, name, {"sys_class_name": table})
    _named(instance, "core_company", "Example Bank")
    for name, head in DEPARTMENTS:
        row = {"sys_id": stable_id("cmn_department", name), "name": name, "dept_head": stable_id("user", head)}
        instance.store("cmn_department", row)
    groups, users = instance.database.tables["sys_user_group"], instance.database.tables["sys_user"]
    for group, manager in MANAGERS:
        groups.change(stable_id("group", group), {"manager": stable_id("user", manager)})
        instance.store("sys_group_has_role", {"group": stable_id("group", group), "role": stable_id("role", "admin")})
    for number in range(LOG_LINES):
        instance.store("syslog", {"message": f"Startup step {number} done", "source": "Instance"})
    for user in users:
        users.change(user["sys_id"], {"department": stable_id("cmn_department", "Finance")})


def add_user(instance: Instance, spec: UserSpec) -> None:
    """A person with a row in sys_user, roles and groups; with a password, one that may sign in."""
    sys_id = stable_id("user", spec.user_name)
    first, _, last = (spec.name or spec.user_name).rpartition(" ")
    row = {
        "sys_id": sys_id,
        "user_name": spec.user_name,
        "name": spec.name or spec.user_name,
        "first_name": first,
        "last_name": last,
        "email": spec.email,
        "time_zone": spec.time_zone,
        "date_format": spec.date_format,
        "time_format": spec.time_format,
        "preferred_language": spec.language,
        "web_service_access_only": "true" if spec.web_service_access_only else "false",
        "active": "true" if spec.active else "false",
    }
    instance.store("sys_user", row)
    instance.users[spec.user_name.lower()] = user_of(spec, sys_id, instance.options.time_zone)
    if spec.password:
        instance.passwords[spec.user_name.lower()] = spec.password
    if not spec.web_service_access_only:
        instance.interactive.add(spec.user_name.lower())
    for role in sorted(spec.roles):
        role_id = stable_id("role", role)
        if role_id not in instance.database.tables["sys_user_role"]:
            instance.store("sys_user_role", {"sys_id": role_id, "name": role})
        instance.store("sys_user_has_role", {"user": sys_id, "role": role_id})
    for group in spec.groups:
        instance.store("sys_user_grmember", {"user": sys_id, "group": stable_id("group", group)})


def _script(instance: Instance, rule: BusinessRule) -> None:
    row = {
        "sys_id": stable_id("script", rule.name),
        "name": rule.name,
        "collection": rule.table,
        "filter_condition": rule.condition,
        "action_insert": str("insert" in rule.on).lower(),
        "action_update": str("update" in rule.on).lower(),
        "abort_action": "true",
    }
    instance.store("sys_script", row)


def _named(instance: Instance, table: str, name: str, more: dict[str, str] | None = None) -> None:
    instance.store(table, {"sys_id": stable_id(table, name), "name": name} | (more or {}))


def _choices(instance: Instance) -> None:
    for (table, element), options in CHOICES.items():
        for sequence, (value, label) in enumerate(options):
            instance.store(
                "sys_choice",
                {
                    "sys_id": stable_id(f"choice:{table}.{element}", value),
                    "name": table,
                    "element": element,
                    "value": value,
                    "label": label,
                    "sequence": str(sequence),
                },
            )
    instance.choices.forget()


def _dictionary(instance: Instance) -> None:
    """One row per table and per column, inherited columns only where they are declared, as on a real instance.

    `internal_type` points to sys_glide_object by name, so there the name is the id.
    """
    kinds: set[str] = set()
    for table in instance.schema:
        parent = stable_id("table", table.extends) if table.extends else ""
        described = {"name": table.name, "label": table.label, "super_class": parent}
        instance.store("sys_db_object", {"sys_id": stable_id("table", table.name)} | described)
        inherited = instance.schema.columns(table.extends).keys() if table.extends else frozenset()
        for column in instance.schema.columns(table.name).values():
            if column.name in inherited and column not in table.columns:
                continue
            kinds.add(column.kind)
            listed = instance.choices.of(table.name, column.name) is not None
            instance.store(
                "sys_dictionary",
                {
                    "sys_id": stable_id("dictionary", f"{table.name}.{column.name}"),
                    "name": table.name,
                    "element": column.name,
                    "column_label": column.label,
                    "internal_type": _type_name(column.kind),
                    "max_length": str(column.max_length),
                    "reference": column.reference,
                    "default_value": column.default,
                    "choice": "1" if listed else "",
                    "read_only": "true" if column.computed else "false",
                    "display": "true" if column.name == table.display else "false",
                },
            )
    for kind in sorted({_type_name(k) for k in kinds}):
        instance.store("sys_glide_object", {"sys_id": kind, "name": kind, "label": kind})


def _type_name(kind: str) -> str:
    return "string" if kind == "choice" else kind


def _imports(instance: Instance) -> None:
    """A staging table with a transform map that coalesces, as an integration's administrator sets it up."""
    columns = [c.name for c in instance.schema.table("u_incident_import").columns]
    _map(
        instance,
        "Incident import",
        ("u_incident_import", "incident"),
        ((name, name.removeprefix("u_")) for name in columns),
        "correlation_id",
    )
    names = (("user_id", "user_name"), ("first_name", "first_name"), ("last_name", "last_name"), ("email", "email"))
    _map(instance, "User", ("imp_user", "sys_user"), names, "user_name")


def _map(
    instance: Instance, name: str, tables: tuple[str, str], fields: Iterable[tuple[str, str]], coalesce: str
) -> None:
    source, target = tables
    map_id = stable_id("map", name)
    instance.store(
        "sys_transform_map", {"sys_id": map_id, "name": name, "source_table": source, "target_table": target}
    )
    for source_field, target_field in fields:
        instance.store(
            "sys_transform_entry",
            {
                "map": map_id,
                "source_field": source_field,
                "target_field": target_field,
                "coalesce": "true" if target_field == coalesce else "false",
            },
        )
