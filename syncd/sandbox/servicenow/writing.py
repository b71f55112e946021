"""Insert, update, delete: what a write goes through, in the order of a real instance.

    rights -> values coerced -> fields the user may not write dropped -> rules -> unique keys -> commit -> journal

Each write is one step of the event loop, so it is a transaction by construction.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from syncd.sandbox.servicenow import journal
from syncd.sandbox.servicenow.access import SYSTEM, User
from syncd.sandbox.servicenow.coercion import SYS_ID, Coercion, Garbling, Overflow
from syncd.sandbox.servicenow.database import INDEXED, Row
from syncd.sandbox.servicenow.encoded_query import parse
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.problems import aborted, acl, failed_write
from syncd.sandbox.servicenow.rulebook import RULES
from syncd.sandbox.servicenow.rules import Write
from syncd.sandbox.servicenow.search import matches

STAMPS = ("sys_created_by", "sys_created_on", "sys_updated_by", "sys_updated_on", "sys_mod_count")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a write is to be done. `through` is the table that the caller named (facts 3.4)."""

    as_display: bool = False
    keep_sent_stamps: bool = False
    through: str = ""
    garbling: Garbling | None = None
    aborted_by: str = ""
    scripted: bool = False
    any_choice: bool = False
    """sn_chg_rest does not blank unknown choices (facts 1.48)."""


PLAIN = Manner()


def insert(instance: Instance, table: str, sent: Mapping[str, Any], user: User, manner: Manner = PLAIN) -> Row:
    """Create a record and return it."""
    if sent.get("sys_class_name") in instance.schema.family(table):
        table = sent["sys_class_name"]  # a record of an extending table, made through the table it extends
    if not instance.access.allows_table(user, instance.schema.lineage(table), "create"):
        raise acl("Insert")
    try:
        values = _acceptable(instance, table, sent, user, manner)
    except Overflow:
        raise failed_write("insert", table, instance.numbers.next(table)) from None
    number = values.get("number") or instance.numbers.next(table)
    new = _fresh(instance, table, values, number, user, manner)
    write = _write(instance, table, None, new, values, user, manner)
    _run_rules(instance, write, manner, "insert")
    row = {name: value for name, value in write.new.items() if value}
    if instance.database.taken(table, row["sys_id"]) or _clashes(instance, table, row):
        raise failed_write("insert", table, number or row["sys_id"])
    instance.database.tables[table].put(row)
    _committed(instance, write, row, manner)
    if instance.options.after_rule and "task" in instance.schema.lineage(table):
        touch(instance, table, row["sys_id"])
    return row


def update(
    instance: Instance, table: str, sys_id: str, sent: Mapping[str, Any], user: User, manner: Manner = PLAIN
) -> Row:
    """Change a record and return it. Nothing is touched if nothing changes (facts 2.4)."""
    real, old = instance.visible(table, sys_id, user)
    if real == journal.TABLE or not instance.may("write", real, old, user):
        raise acl("Update")  # entries are not edited, nor deleted, by anybody (facts 3.1)
    try:
        values = _acceptable(instance, real, sent, user, manner)
    except Overflow:
        raise failed_write("update", real, old.get("number", old["sys_id"])) from None
    columns = instance.schema.columns(real)
    settable = {n: v for n, v in values.items() if n != "sys_id" and not columns[n].computed}
    changed = {n: v for n, v in settable.items() if not columns[n].is_journal and old.get(n, "") != v}
    write = _write(instance, real, old, old | changed, settable, user, manner)
    if not changed and not write.notes:
        return old
    if _clashes(instance, real, changed | {"sys_id": old["sys_id"]}):
        raise failed_write("update", real, old.get("number", old["sys_id"]))
    _run_rules(instance, write, manner, "update")
    names = old.keys() | write.new.keys()
    effective = {n: write.after(n) for n in names if write.changes(n)}
    if effective or write.notes:
        instance.database.tables[real].change(old["sys_id"], effective | _next_stamps(old, user, write.stamp))
        _committed(instance, write, old, manner)
    return old


def delete(instance: Instance, table: str, sys_id: str, user: User) -> None:
    """Remove a record that the user may remove."""
    real, row = instance.visible(table, sys_id, user)
    if real == journal.TABLE or not instance.may("delete", real, row, user):
        raise acl("Delete")
    remove(instance, real, row["sys_id"], user)


def remove(instance: Instance, table: str, sys_id: str, user: User) -> None:
    """Remove without asking for rights, with the attachments and journal that hang on the record (facts 8.6)."""
    database = instance.database
    row = database.tables[table].remove(sys_id)
    instance.blobs.pop(sys_id, None)
    for attached in database.tables["sys_attachment"].having("table_sys_id", [sys_id]):
        instance.blobs.pop(attached["sys_id"], None)
        database.tables["sys_attachment"].remove(attached["sys_id"])
    for entry in journal.entries(database, sys_id):
        database.tables[journal.TABLE].remove(entry["sys_id"])
    name = row.get(instance.schema.display_column(table), "")
    instance.store("sys_audit_delete", {"tablename": table, "documentkey": sys_id, "display_value": name}, user)
    instance.commits += 1
    if table == "sys_choice":
        instance.choices.forget()


def touch(instance: Instance, table: str, sys_id: str) -> None:
    """An after-rule saves the record once more, as `system` (facts 2.6)."""
    row = instance.database.tables[table][sys_id]
    instance.database.tables[table].change(sys_id, _next_stamps(row, SYSTEM, instance.clock.stamp()))


def _acceptable(instance: Instance, table: str, sent: Mapping[str, Any], user: User, manner: Manner) -> dict[str, str]:
    """What was sent as it would be stored, without the fields this user may not write: those are dropped, not
    refused (facts 1.34)."""
    options = replace(instance.options, unknown_choice="keep") if manner.any_choice else instance.options
    garbling = manner.garbling or Garbling(options.emoji, options.newlines, options.trim_blanks)
    coercion = Coercion(instance.database, instance.choices, options)
    values = coercion.values(table, sent, user, garbling, as_display=manner.as_display)
    guarded = instance.access.guarded_fields(instance.schema.lineage(table), "write", user)
    return {name: value for name, value in values.items() if name not in guarded}


def _fresh(instance: Instance, table: str, values: Mapping[str, str], number: str, user: User, manner: Manner) -> Row:
    """The record of an insert before its rules: defaults, then what was sent, then the platform's own columns."""
    columns = instance.schema.columns(table)
    new = {name: column.default for name, column in columns.items() if column.default}
    new |= {n: v for n, v in values.items() if not columns[n].computed and not columns[n].is_journal}
    stamp = instance.clock.stamp()
    stamps = dict(zip(STAMPS, (user.user_name, stamp, user.user_name, stamp, "0"), strict=True))
    own = not instance.options.admin_only_sys_fields or user.is_admin
    if manner.keep_sent_stamps and own:
        stamps |= {name: values[name] for name in STAMPS if values.get(name)}
    new |= stamps
    honoured = own and instance.options.honour_sys_id and SYS_ID.fullmatch(values.get("sys_id", ""))
    new["sys_id"] = values["sys_id"] if honoured else instance.new_id()
    if "number" in columns:
        new["number"] = number
    if "sys_class_name" in columns:
        new["sys_class_name"] = table
    return new


def _write(
    instance: Instance, table: str, old: Row | None, new: Row, values: Mapping[str, str], user: User, manner: Manner
) -> Write:
    columns = instance.schema.columns(table)
    return Write(
        table=table,
        old=old,
        new=new,
        sent=frozenset(values),
        notes={n: v for n, v in values.items() if v and columns[n].kind == "journal_input"},
        user=user,
        stamp=instance.clock.stamp(),
        options=instance.options,
        scripted=manner.scripted,
        label=lambda name: columns[name].label,
        lookup=lambda target, sys_id: (instance.database.find(target, sys_id) or ("", {}))[1],
    )


def _run_rules(instance: Instance, write: Write, manner: Manner, event: str) -> None:
    """The table's rules, then the instance's own, which look at the result."""
    if manner.aborted_by:
        raise aborted(write.table, manner.aborted_by, _rule_id(manner.aborted_by))
    for rule in RULES.get(write.table, ()):
        rule(write)
    lineage = instance.schema.lineage(write.table)
    for own in instance.database.tables["sys_script"]:
        wanted = own.get("active") == own.get("abort_action") == own.get(f"action_{event}") == "true"
        if not wanted or own.get("collection") not in lineage:
            continue
        condition = parse(own.get("filter_condition", ""))
        if matches(instance.database, write.table, condition, write.new, instance.asker(SYSTEM)):
            raise aborted(write.table, own.get("name", ""), own["sys_id"])


def _committed(instance: Instance, write: Write, row: Row, manner: Manner) -> None:
    """What a commit brings with it: journal entries, choice lists that must be read anew."""
    instance.commits += 1
    name = instance.options.journal_table_name or manner.through or write.table
    for element, text in write.notes.items():
        entry = {"name": name, "element": element, "element_id": row["sys_id"], "value": text}
        instance.store(journal.TABLE, entry, write.user)
    if write.table == "sys_choice":
        instance.choices.forget()


def _next_stamps(row: Row, user: User, stamp: str) -> Row:
    count = str(int(row.get("sys_mod_count", "0")) + 1)
    return {"sys_updated_on": stamp, "sys_updated_by": user.user_name, "sys_mod_count": count}


def _clashes(instance: Instance, table: str, values: Mapping[str, str]) -> bool:
    """Whether another record has a value that may be there only once: a number, or one under a unique index."""
    lineage = instance.schema.lineage(table)
    for name in ("number", *(name for owner, name in instance.options.unique_indexes if owner in lineage)):
        value = values.get(name, "")
        if not value:
            continue
        rows = instance.database.having(table, name, [value]) if name in INDEXED else instance.database.rows(table)
        if any(r.get(name, "").lower() == value.lower() and r["sys_id"] != values["sys_id"] for r in rows):
            return True
    return False


def _rule_id(name: str) -> str:
    """A business rule's sys_id, the same every time."""
    return uuid.uuid5(uuid.NAMESPACE_OID, name).hex
