"""A Postgres that hangs, moves or keeps a lock: it is noticed within bounds, said, and the work goes on by itself."""

import threading

import psycopg
import pytest
import sqlalchemy
from sqlalchemy import select, text

from syncd.errors import DatabaseError
from syncd.store import Database
from syncd.store.postgres import CONNECT, SESSION, connect_args
from syncd.store.quotas import Quota, Quotas
from syncd.store.schema import make_ready
from syncd.store.tables import quotas


@pytest.fixture
def opened(fresh_postgres):
    made = []

    def open_(**query):
        url = sqlalchemy.make_url(fresh_postgres).update_query_dict(query)
        made.append(Database(url.render_as_string(hide_password=False)))
        return made[-1]

    yield open_
    for database in made:
        database.close()


def setting(database, name):
    with database.read() as connection:
        return connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one()


def test_every_connection_bounds_what_the_server_does_for_it(opened):
    database = opened()
    with database.read():  # so that the next one is another connection
        for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
            assert setting(database, name) == SESSION[name]
        assert setting(database, "tcp_keepalives_idle") == str(SESSION["tcp_keepalives_idle"])
    assert setting(database, "lock_timeout") == SESSION["lock_timeout"], "also after it was lent and given back"


def test_what_the_url_says_counts(opened):
    assert setting(opened(options="-c lock_timeout=7s"), "lock_timeout") == "7s"
    url = sqlalchemy.make_url("postgresql+psycopg://syncd@db/syncd?connect_timeout=3")
    assert "connect_timeout" not in connect_args(url)
    assert connect_args(url)["keepalives_idle"] == CONNECT["keepalives_idle"]


def test_a_lock_that_is_not_given_back_is_not_waited_for_without_end(opened, fresh_postgres):
    """As of a replica that is frozen in the middle of taking its turn."""
    database = opened(options="-c lock_timeout=100ms")
    make_ready(database)
    budget = Quotas(database)
    budget.begin("servicenow")
    with psycopg.connect(fresh_postgres.replace("+psycopg", "")) as frozen:
        frozen.execute("SELECT 1 FROM quotas FOR UPDATE")
        with pytest.raises(DatabaseError, match="lock timeout"):
            budget.grant("servicenow", Quota(100))
    assert budget.grant("servicenow", Quota(100)) == 0.0


def test_a_connection_that_died_while_nobody_used_it_is_replaced(opened, fresh_postgres):
    """As all of them do in a failover."""
    database = opened()
    make_ready(database)
    with psycopg.connect(fresh_postgres.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    with database.read() as connection:
        assert connection.execute(select(quotas.c.name)).all() == []


def test_nothing_is_prepared_that_a_pooler_would_not_know_on_its_next_connection(opened):
    database = opened()
    with database.read() as connection:
        for _ in range(20):
            connection.execute(text("SELECT 1"))
        assert connection.execute(text("SELECT count(*) FROM pg_prepared_statements")).scalar_one() == 0


def test_an_upgrade_waits_as_long_as_it_takes(opened):
    """Replicas that start together take turns, and a large table takes its time."""
    slow, other = opened(), opened(options="-c lock_timeout=1ms")
    begun, over = threading.Event(), threading.Event()

    def first():
        with slow.write() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": 0x5D_0001})
            begun.set()
            over.wait(0.3)

    thread = threading.Thread(target=first)
    thread.start()
    assert begun.wait(10)
    make_ready(other)
    over.set()
    thread.join()
