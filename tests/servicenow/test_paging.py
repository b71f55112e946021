"""Paging: every row that exists throughout is seen exactly once, whatever is created, deleted or hidden meanwhile."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncd.errors import RejectedError, UnreadableError
from syncd.servicenow import ServiceNowClient, where
from tests.servicenow.instance import Served

SHARED_INSTANCE = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def fill(instance: Served, count: int, chance: random.Random) -> list[str]:
    ids = [f"{chance.getrandbits(128):032x}" for _ in range(count)]
    for sys_id in ids:
        instance.sandbox.instance.store("incident", {"sys_id": sys_id, "short_description": "x"})
    return ids


def page_while_others_work(instance: Served, rows: int, created: int, deleted: int, page_size: int, seed: int) -> None:
    chance = random.Random(seed)
    before = fill(instance, rows, chance)
    doomed = chance.sample(before, deleted)
    work = [*("create" for _ in range(created)), *doomed]
    chance.shuffle(work)
    pages = rows // page_size + 1
    seen: list[str] = []
    client = instance.client()
    for number, row in enumerate(client.query("incident", fields=["number"], page_size=page_size)):
        seen.append(row["sys_id"])
        if number % page_size == 0:
            for _ in range(len(work) // pages + 1):
                if not work:
                    break
                job = work.pop()
                if job == "create":
                    fill(instance, 1, chance)
                else:
                    instance.sandbox.remove("incident", job)
    assert len(seen) == len(set(seen))
    assert set(before) - set(doomed) <= set(seen)


def test_ten_thousand_rows_while_others_create_and_delete(instance: Served) -> None:
    page_while_others_work(instance, rows=10_000, created=1_000, deleted=500, page_size=500, seed=2)


@SHARED_INSTANCE
@given(
    rows=st.integers(0, 40),
    page_size=st.integers(1, 12),
    hidden=st.sets(st.integers(0, 39)),
    chance=st.randoms(use_true_random=False),
)
def test_hidden_rows_neither_end_nor_gap_a_listing(
    instance: Served, rows: int, page_size: int, hidden: set[int], chance: random.Random
) -> None:
    instance.sandbox.reset()
    ids = fill(instance, rows, chance)
    invisible = {ids[number] for number in hidden if number < rows}
    for sys_id in invisible:
        instance.sandbox.hide(sys_id)
    seen = [row["sys_id"] for row in instance.client().query("incident", fields=["number"], page_size=page_size)]
    assert seen == sorted(set(ids) - invisible)


@SHARED_INSTANCE
@given(
    rows=st.integers(0, 40),
    created=st.integers(0, 20),
    deleted=st.integers(0, 10),
    page_size=st.integers(1, 12),
    seed=st.integers(0, 1000),
)
def test_any_mix_of_work_by_others(
    instance: Served, rows: int, created: int, deleted: int, page_size: int, seed: int
) -> None:
    instance.sandbox.reset()
    page_while_others_work(instance, rows, created, min(deleted, rows), page_size, seed)


def test_pages_too_large_for_the_instance_become_smaller(instance: Served) -> None:
    """It cancels what takes longer than its limit and answers 200 with half a list (servicenow facts 6.9)."""
    ids = fill(instance, 120, random.Random(1))
    client = instance.client()
    instance.sandbox.faults.add("truncated", table="incident", count=client.door.limits.attempts)
    seen = [row["sys_id"] for row in client.query("incident", fields=["number"], page_size=80)]
    assert seen == sorted(ids)
    assert instance.sandbox.calls.total == client.door.limits.attempts + 6


def test_a_listing_that_is_always_cut_off_is_an_error(instance: Served) -> None:
    fill(instance, 120, random.Random(1))
    instance.sandbox.faults.add("truncated", table="incident", count=0)
    with pytest.raises(UnreadableError):
        list(instance.client().query("incident", fields=["number"], page_size=500))


def test_it_is_lazy(instance: Served) -> None:
    fill(instance, 30, random.Random(1))
    rows = instance.client().query("incident", page_size=10)
    assert instance.sandbox.calls.total == 0
    next(rows)
    assert instance.sandbox.calls.total == 1


def test_a_listing_that_fits_costs_one_call(instance: Served) -> None:
    fill(instance, 10, random.Random(1))
    assert len(list(instance.client().query("incident", page_size=10))) == 10
    assert instance.sandbox.calls.total == 1


def test_the_total_counts_what_is_hidden(instance: Served) -> None:
    client = instance.client()
    ids = fill(instance, 10, random.Random(1))
    instance.sandbox.hide(ids[0])
    assert client.count("incident") == 10
    listing = client.listing("incident", where("short_description").is_("x"), fields=["number"], page_size=4)
    assert len(listing.rows) < listing.total == 10


def test_rows_out_of_order_are_no_listing(instance: Served, snow_out_of_order: ServiceNowClient) -> None:
    with pytest.raises(UnreadableError, match="order of sys_id"):
        list(snow_out_of_order.query("incident", page_size=5))


@pytest.fixture
def snow_out_of_order(instance: Served, monkeypatch: pytest.MonkeyPatch) -> ServiceNowClient:
    """A client whose order the instance ignores."""
    fill(instance, 20, random.Random(3))
    client = instance.client()
    monkeypatch.setattr("syncd.servicenow.table.joined", lambda *terms: "ORDERBYDESCsys_id")
    return client


def test_a_query_too_long_for_an_address_finds_the_same_rows(instance: Served) -> None:
    wanted = [f"key-{number:04}" for number in range(2000)]
    for key in (*wanted[:30], "another"):
        instance.sandbox.instance.store("incident", {"correlation_id": key})
    client = instance.client()
    query = where("correlation_id").is_one_of(wanted)
    assert len(str(query)) > instance.sandbox.options.max_url
    found = list(client.query("incident", query, page_size=20))
    assert sorted(row["correlation_id"] for row in found) == wanted[:30]
    assert client.count("incident", query) == 30


def test_it_is_refused_as_a_shorter_one_is(instance: Served) -> None:
    query = where("correlation_id").is_one_of(f"key-{number:04}" for number in range(2000))
    with pytest.raises(RejectedError, match="Invalid table nosuch"):
        list(instance.client().query("nosuch", query))


def test_a_query_as_text_is_no_query(instance: Served) -> None:
    with pytest.raises(TypeError, match="made of conditions"):
        list(instance.client().query("incident", "active=true"))  # type: ignore[arg-type]
