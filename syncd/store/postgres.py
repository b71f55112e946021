"""How a Postgres is spoken to: so that one which has gone, hangs or moved is noticed, and nobody's locks outlive him.

| what happened                                       | noticed by                                  | after           |
|-----------------------------------------------------|---------------------------------------------|-----------------|
| the server cannot be reached                        | `connect_timeout`                           | 10 s for a host |
| its machine vanished in the middle of a statement   | keepalives, `tcp_user_timeout`              | a minute        |
| its machine vanished while nothing was asked        | the pool looks before it lends a connection | at once         |
| our machine vanished in the middle of a transaction | the server's keepalives; its locks are free | a minute        |
| our process was frozen in the middle of one         | `idle_in_transaction_session_timeout`       | 6 minutes       |
| a lock is not given back                            | `lock_timeout`                              | 30 s            |
| a statement does not end                            | `statement_timeout`                         | 5 minutes       |

What the URL says itself is left as it is; who writes `options` there sets the server's part himself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, text

KEEPALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}

CONNECT: Mapping[str, Any] = {
    "connect_timeout": 10,
    "tcp_user_timeout": 60_000,
    **KEEPALIVE,
    # A pooler that lends a server's connection for one transaction does not know what was prepared on another; and
    # planning anew costs half a millisecond an issue.
    "prepare_threshold": None,
}

SESSION = {
    "lock_timeout": "30s",
    "statement_timeout": "5min",
    "idle_in_transaction_session_timeout": "6min",  # longer than a token is exchanged (`secrets.OWNED_SECONDS`)
    **{f"tcp_{name}": value for name, value in KEEPALIVE.items()},
    "tcp_user_timeout": 60_000,
}


def connect_args(url: URL) -> dict[str, Any]:
    return {name: value for name, value in CONNECT.items() if name not in url.query}


def bound_sessions(engine: Engine, url: URL) -> None:
    """Bound what the server does for each connection. Not by `options` at connecting, which poolers refuse."""
    if "options" not in url.query:
        event.listen(engine, "connect", _bound)


def _bound(connection: Any, record: Any) -> None:
    connection.autocommit = True  # or the first rollback would undo it
    connection.execute("; ".join(f"SET {name} = '{value}'" for name, value in SESSION.items()))
    connection.autocommit = False


def be_patient(connection: Connection, seconds: float) -> None:
    """This transaction may wait so long for a lock; 0: for ever, and for its statements, too."""
    for name in ("lock_timeout", "statement_timeout"):
        connection.execute(text(f"SET LOCAL {name} = {round(seconds * 1000)}"))
