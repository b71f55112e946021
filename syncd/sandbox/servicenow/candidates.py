"""Narrows a search by index: which rows need to be looked at. The conditions themselves are tested afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from syncd.sandbox.servicenow.conditions import Asker
from syncd.sandbox.servicenow.database import INDEXED, Database, Row
from syncd.sandbox.servicenow.encoded_query import Alternatives, Condition, Term
from syncd.sandbox.servicenow.javascript import evaluate


def candidates(database: Database, table: str, group: tuple[Alternatives, ...], asker: Asker) -> Iterable[Row]:
    """The rows that can match a group; all of them if nothing in it is on an indexed column."""
    for terms in group:
        found = _of_alternatives(database, table, terms, asker)
        if found is not None:
            return found
    return database.rows(table)


def _of_alternatives(database: Database, table: str, terms: Alternatives, asker: Asker) -> list[Row] | None:
    """The rows of all alternatives together, each once; None if one of them is not on an index."""
    union: dict[str, Row] = {}
    for term in terms:
        rows = _of_term(database, table, term, asker)
        if rows is None:
            return None
        union.update((row["sys_id"], row) for row in rows)
    return list(union.values())


def _of_term(database: Database, table: str, term: Term, asker: Asker) -> list[Row] | None:
    if not isinstance(term, Condition) or term.field in asker.hidden(table):
        return None
    if term.operator == "=":
        value = evaluate(term.value, asker.user, asker.now)
        values = [value] if value and value.upper() != "NULL" else []
    elif term.operator == "IN":
        values = [part.strip() for part in term.value.split(",")]
    else:
        return None
    if not values or "" in values or ("javascript:" in term.value and term.operator == "IN"):
        return None
    if term.field == "sys_id":
        return [hit[1] for hit in (database.find(table, value) for value in values) if hit is not None]
    if term.field not in INDEXED or database.schema.column(table, term.field) is None:
        return None
    return database.having(table, term.field, values)
