"""The trail is a chain: what is done to its rows afterwards is found, and writers of all processes keep one chain."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, insert, select, update

from syncd.core.access import Actor
from syncd.store import Database, Store
from syncd.store.tables import audit, audit_head

ANN = Actor("ann", "admin")


@pytest.fixture
def trail(store: Store) -> Store:
    for number in range(1, 6):
        store.audit.record(ANN, "parked.retry", f"OPS-{number}", {"issues": [f"OPS-{number}"], "wait": 1.5, "ü": None})
    return store


def test_an_untouched_trail_is_whole(trail):
    verdict = trail.audit.verify()
    assert (verdict.number, verdict.problems) == (5, ())
    assert verdict.hash == trail.audit.newest(1)[0].hash


def test_an_empty_trail_is_whole(store):
    assert store.audit.verify().problems == ()


TAMPERED = {
    "the detail was changed": (
        update(audit).where(audit.c.number == 3).values(detail={"issues": []}), "row 3 was changed"
    ),
    "the actor was changed": (update(audit).where(audit.c.number == 3).values(actor="bob"), "row 3 was changed"),
    "the time was changed": (update(audit).where(audit.c.number == 3).values(at=1.0), "row 3 was changed"),
    "a row was removed": (delete(audit).where(audit.c.number == 3), "row 3 is missing"),
    "the first row was removed": (delete(audit).where(audit.c.number == 1), "row 1 is missing"),
    "the last row was removed": (delete(audit).where(audit.c.number == 5), "row 5 is missing at the end"),
    "all rows were removed": (delete(audit), "rows 1 to 5 are missing at the end"),
    "the head was removed": (delete(audit_head), "the head of the trail is missing"),
    "the head was put back": (update(audit_head).values(number=4), "the head of the trail is not its last row"),
}  # fmt: skip


@pytest.mark.parametrize("situation", TAMPERED)
def test_what_was_done_to_a_row_is_found(trail, situation):
    statement, problem = TAMPERED[situation]
    with trail.database.write() as connection:
        connection.execute(statement)
    assert problem in trail.audit.verify().problems


def test_rows_that_changed_places_are_found(trail):
    with trail.database.write() as connection:
        for before, after in ((2, 99), (3, 2), (99, 3)):
            connection.execute(update(audit).where(audit.c.number == before).values(number=after))
    problems = trail.audit.verify().problems
    assert "row 2 was changed" in problems
    assert "row 3 was changed" in problems


def test_a_row_put_in_after_the_end_is_found(trail):
    with trail.database.write() as connection:
        row = dict(connection.execute(select(audit).where(audit.c.number == 5)).mappings().one())
        connection.execute(insert(audit).values({**row, "number": 6, "previous": row["hash"]}))
    assert trail.audit.verify().problems == ("row 6 was changed", "the head of the trail is not its last row")


def test_a_trail_that_was_written_anew_does_not_have_the_head_that_was_noted(trail):
    noted = trail.audit.verify()
    with trail.database.write() as connection:
        connection.execute(delete(audit))
        connection.execute(update(audit_head).values(number=0, hash=""))
    for number in range(1, 6):
        trail.audit.record(Actor("mallory", "admin"), "parked.retry", f"OPS-{number}")
    assert trail.audit.verify().problems == ()
    assert trail.audit.verify(number=noted.number, hash=noted.hash).problems == ("row 5 is not the one that was noted",)


def test_a_head_that_was_noted_stays_part_of_a_longer_trail(trail):
    noted = trail.audit.verify()
    trail.audit.record(ANN, "mapping.pause", "ops")
    assert trail.audit.verify(number=noted.number, hash=noted.hash).problems == ()


def test_many_writers_keep_one_chain(database, database_url):
    databases = [Database(database_url) for _ in range(2)]
    trails = [Store(one).audit for one in databases]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: trails[n % 2].record(ANN, "mapping.pause", str(n)), range(40)))
    verdict = Store(database).audit.verify()
    assert (verdict.number, verdict.problems) == (40, ())
    for one in databases:
        one.close()


def test_it_is_read_from_the_newest_on(trail):
    newest = trail.audit.newest(2)
    assert [trace.number for trace in newest] == [5, 4]
    assert [trace.number for trace in trail.audit.newest(2, before=4)] == [3, 2]
    assert [trace.subject for trace in trail.audit.newest(search="OPS-3")] == ["OPS-3"]
    assert newest[0].detail == {"issues": ["OPS-5"], "wait": 1.5, "ü": None}
