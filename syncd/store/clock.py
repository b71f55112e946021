"""The database's own clock, as an SQL expression in epoch seconds. All leases and waits are told by it (law 11)."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Float


class now(FunctionElement[float]):
    """`now()` in a statement: one moment for the whole statement, the same on every replica.

    A function element, since a plain column element of one's own keeps every statement that uses it from being cached.
    """

    name = "now"
    type = Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite(element: now, compiler: Any, **options: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(now, "postgresql")
def _postgresql(element: now, compiler: Any, **options: Any) -> str:
    return "extract(epoch from statement_timestamp())::double precision"
