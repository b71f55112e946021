"""The query of a list call: `sysparm_query`, and plain field parameters beside it (facts 1.41, 11.6)."""

from __future__ import annotations

from syncd.sandbox.servicenow.encoded_query import Condition, Query, parse
from syncd.sandbox.servicenow.exchange import Call
from syncd.sandbox.servicenow.instance import Instance


def query_of(instance: Instance, call: Call, table: str) -> Query:
    """What the call asks for. A parameter that is no column of the table is ignored."""
    query = parse(call.param("sysparm_query"))
    extra = tuple(
        (Condition(name, "=", _filter_value(instance, table, name, value, call.user.language)),)
        for name, value in call.params.items()
        if not name.startswith("sysparm_") and instance.schema.column(table, name.partition(".")[0])
    )
    return Query(tuple((*group, *extra) for group in query.groups), query.orders)


def _filter_value(instance: Instance, table: str, name: str, value: str, language: str) -> str:
    """A plain parameter may name a choice or a referenced record by its display value."""
    column = instance.schema.column(table, name)
    if column is None:
        return value
    if column.kind == "reference" and column.reference in instance.schema:
        shown = instance.schema.display_column(column.reference)
        named = instance.database.having(column.reference, shown, [value])
        return named[0]["sys_id"] if named else value
    return instance.choices.value_of(table, name, value, language) or value
