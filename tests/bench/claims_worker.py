"""One process that works off items of a table, claiming them in one of two ways. Run by `test_claims.py`.

    lease   as syncd does: a row says who and until when, and is renewed right before each send
    lock    a session-level advisory lock for each item

A "send" is a row written over another connection: the world outside, which no transaction of ours undoes. Called with
`freeze`, the process stops itself once between the check and the send, as the worst of all schedulers would.
"""

from __future__ import annotations

import os
import signal
import sys
import time
import uuid
from collections.abc import Callable

import psycopg

LEASE = 1.0
PAGE = 5


def main(url: str, way: str, *freeze: str) -> None:
    with psycopg.connect(url, autocommit=True) as ours, psycopg.connect(url, autocommit=True) as outside:
        stop_once = [True] if freeze else []
        work: Callable[[], bool] = (lambda: lease(ours, send)) if way == "lease" else (lambda: lock(ours, send))

        def send(item: int) -> None:
            if stop_once:
                stop_once.pop()
                os.kill(os.getpid(), signal.SIGSTOP)
            outside.execute("INSERT INTO sent (item, worker) VALUES (%s, %s)", (item, os.getpid()))

        while work():
            pass


def lease(ours: psycopg.Connection, send: Callable[[int], None]) -> bool:
    token = uuid.uuid4().hex
    claimed = ours.execute(
        "UPDATE items SET owner = %s, until = clock_timestamp() + %s * interval '1 s' WHERE id IN (SELECT id FROM items"
        " WHERE NOT done AND (owner IS NULL OR until < clock_timestamp()) ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)"
        " RETURNING id",
        (token, LEASE, PAGE),
    ).fetchall()
    for (item,) in claimed:
        held = ours.execute(
            "UPDATE items SET until = clock_timestamp() + %s * interval '1 s'"
            " WHERE id = %s AND owner = %s AND NOT done",
            (LEASE, item, token),
        ).rowcount
        if held:
            send(item)
            ours.execute("UPDATE items SET done = true WHERE id = %s AND owner = %s", (item, token))
    return bool(claimed) or _left(ours)


def lock(ours: psycopg.Connection, send: Callable[[int], None]) -> bool:
    waiting = ours.execute("SELECT id FROM items WHERE NOT done ORDER BY id LIMIT %s", (20 * PAGE,)).fetchall()
    locked = []
    for (item,) in waiting:
        if len(locked) < PAGE and ours.execute("SELECT pg_try_advisory_lock(%s)", (item,)).fetchone() == (True,):
            locked.append(item)
    for item in locked:
        if ours.execute("SELECT 1 FROM items WHERE id = %s AND NOT done", (item,)).fetchone():
            send(item)
            ours.execute("UPDATE items SET done = true WHERE id = %s", (item,))
    ours.execute("SELECT pg_advisory_unlock_all()")
    return bool(locked) or _left(ours)


def _left(ours: psycopg.Connection) -> bool:
    time.sleep(0.02)
    return ours.execute("SELECT 1 FROM items WHERE NOT done LIMIT 1").fetchone() is not None


if __name__ == "__main__":
    main(*sys.argv[1:])
