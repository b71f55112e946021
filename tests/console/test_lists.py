"""Search and paging."""

from __future__ import annotations

import re

import pytest

from syncd.core.access import Role

KEY = re.compile(r'<th scope="row"[^>]*><a href="/issues/(OPS-\d+)"')


def keys(page: str) -> list[str]:
    return KEY.findall(page)


def test_links_come_fifty_at_a_time_the_last_applied_first(house):
    visitor = house.visitor(Role.VIEWER)
    first = visitor.see("/links")
    assert keys(first) == [f"OPS-{n}" for n in range(1, 51)]
    assert 'rel="prev"' not in first
    onward = re.search(r'href="([^"]+)" rel="next"', first)[1]
    second = visitor.see(onward)
    assert keys(second) == [f"OPS-{n}" for n in range(51, 61)]
    assert 'rel="next"' not in second
    assert re.search(r'href="([^"]+)" rel="prev"', second)[1] == "/links"


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("OPS-12", ["OPS-12"]),
        (" ops-12 ", ["OPS-12"]),
        ("INC0000013", ["OPS-13"]),
        ("10014", ["OPS-14"]),
        (f"{15:032x}", ["OPS-15"]),
        ("OPS-6", ["OPS-6", "OPS-60"]),
        ("%", []),
        ("NOPE", []),
    ],
)
def test_a_link_is_found_by_how_its_key_begins_its_number_and_its_ids(house, search, found):
    answer = house.visitor(Role.VIEWER).client.get("/links", params={"search": search})
    assert keys(answer.text) == found
    assert ("Nothing is linked under that" in answer.text) is (found == [])


def test_a_search_goes_along_to_the_next_page(house):
    page = house.visitor().see("/links?search=OPS&mapping=ops")
    assert 'href="/links?search=OPS&amp;mapping=ops&amp;offset=50"' in page


def test_the_trail_is_searched_and_read_on(house):
    visitor, trail = house.visitor(), house.api.store.audit
    for number in range(70):
        trail.record(house.api.store.access.identify(house.api.tokens[Role.OPERATOR]).actor, "sync", f"OPS-{number}")
    first = visitor.see("/audit?search=sync")
    assert first.count("<code>sync</code>") == 50
    onward = re.search(r'href="([^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    assert onward.startswith("/audit?search=sync&before=")
    assert visitor.see(onward).count("<code>sync</code>") == 20


@pytest.mark.parametrize(
    "address", ["/links?offset=50", "/parked?offset=50", "/backfills?offset=50", "/tokens?offset=50"]
)
def test_a_page_beyond_the_end_is_empty_and_leads_back(house, address):
    page = house.visitor().see(address)
    if address.startswith("/links"):
        assert keys(page)
    else:
        assert keys(page) == []
    assert 'rel="prev"' in page
