"""References: exactly one active row, or a reason; never a guess (law 9)."""

from __future__ import annotations

import pytest
import responses

from syncd.core.model import Reference
from syncd.errors import AuthError
from syncd.servicenow import ServiceNowClient
from syncd.servicenow.resolve import HIT_SECONDS, MISS_SECONDS, Resolver
from tests.servicenow.canned import asked, refused, rows
from tests.servicenow.conftest import URL

JANE = Reference("sys_user", (("email", "jane@example.com"), ("user_name", "jane")), "Jane Doe")
BOB = Reference("sys_user", (("email", "bob@example.com"),), "Bob")


def user(sys_id: str, email: str = "", user_name: str = "", active: str = "true") -> dict[str, str]:
    return {"sys_id": sys_id, "email": email, "user_name": user_name, "active": active}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def resolver(client: ServiceNowClient, clock: Clock) -> Resolver:
    return Resolver(client, clock=clock)


def test_many_are_found_in_one_call(web: responses.RequestsMock, resolver: Resolver) -> None:
    rows(web, "sys_user", user("1", "Jane@Example.com"), user("2", "bob@example.com"))
    resolved = resolver.resolve([JANE, BOB])
    assert resolved.ids == {JANE: "1", BOB: "2"}
    assert resolved.unresolved == {}
    assert len(web.calls) == 1
    assert asked(web)["sysparm_query"].startswith("emailINbob@example.com,jane@example.com")


def test_the_next_candidate_is_asked_only_for_who_was_not_found(
    web: responses.RequestsMock, resolver: Resolver
) -> None:
    rows(web, "sys_user", user("2", "bob@example.com"))
    rows(web, "sys_user", user("1", user_name="jane"))
    assert resolver.resolve([JANE, BOB]).ids == {JANE: "1", BOB: "2"}
    assert asked(web)["sysparm_query"].startswith("user_nameINjane^")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ([], 'email "bob@example.com" is not there'),
        ([user("1", "bob@example.com"), user("2", "BOB@example.com")], 'email "bob@example.com" fits 2 rows'),
        ([user("1", "bob@example.com", active="false")], 'email "bob@example.com" is there, but inactive'),
        ([user("1", "bób@example.com")], 'email "bob@example.com" is not there'),
    ],
    ids=["nobody", "two", "has left", "looks alike to the database"],
)
def test_nobody_is_guessed(
    found: list[dict[str, str]], reason: str, web: responses.RequestsMock, resolver: Resolver
) -> None:
    rows(web, "sys_user", *found)
    assert resolver.resolve([BOB]).unresolved == {BOB: reason}


def test_of_namesakes_the_one_who_is_still_there_counts(web: responses.RequestsMock, resolver: Resolver) -> None:
    rows(web, "sys_user", user("1", "bob@example.com", active="false"), user("2", "bob@example.com"))
    assert resolver.resolve([BOB]).ids == {BOB: "2"}


def test_a_table_without_active_rows_has_only_active_ones(web: responses.RequestsMock, resolver: Resolver) -> None:
    item = Reference("cmn_location", (("name", "Zürich"),), "Zürich")
    rows(web, "cmn_location", {"sys_id": "9", "name": "Zürich"})
    assert resolver.resolve([item]).ids == {item: "9"}


class TestWhatCannotBeTrusted:
    def test_a_hidden_row_might_be_a_namesake(self, web: responses.RequestsMock, resolver: Resolver) -> None:
        rows(web, "sys_user", user("2", "bob@example.com"), total=2)
        assert "hidden" in resolver.resolve([BOB]).unresolved[BOB]

    def test_the_doubt_falls_on_the_right_one(self, web: responses.RequestsMock, resolver: Resolver) -> None:
        rows(web, "sys_user", user("1", "jane@example.com"), total=2)  # both
        rows(web, "sys_user", total=1)  # Bob alone
        rows(web, "sys_user", user("1", "jane@example.com"))  # Jane alone
        resolved = resolver.resolve([JANE, BOB])
        assert resolved.ids == {JANE: "1"}
        assert "hidden" in resolved.unresolved[BOB]

    def test_a_column_that_is_ignored(self, web: responses.RequestsMock, resolver: Resolver) -> None:
        odd = Reference("sys_user", (("emial", "bob@example.com"),), "Bob")
        rows(web, "sys_user", {"sys_id": "1", "active": "true"}, total=5000)
        assert "no column emial" in resolver.resolve([odd]).unresolved[odd]

    def test_a_column_that_is_ignored_in_a_small_table(self, web: responses.RequestsMock, resolver: Resolver) -> None:
        odd = Reference("sys_user", (("emial", "bob@example.com"),), "Bob")
        rows(web, "sys_user", {"sys_id": "1", "active": "true"})
        assert "no column emial" in resolver.resolve([odd]).unresolved[odd]

    def test_more_namesakes_than_fit(self, web: responses.RequestsMock, resolver: Resolver) -> None:
        rows(web, "sys_user", *(user(str(number), "bob@example.com") for number in range(8)), total=900)
        assert "fits many rows" in resolver.resolve([BOB]).unresolved[BOB]

    def test_a_table_that_is_closed_stops_nothing_else(self, web: responses.RequestsMock, resolver: Resolver) -> None:
        group = Reference("sys_user_group", (("name", "Ops"),), "Ops")
        refused(web, "sys_user_group")
        rows(web, "sys_user", user("2", "bob@example.com"))
        resolved = resolver.resolve([group, BOB])
        assert resolved.ids == {BOB: "2"}
        assert "Insufficient rights" in resolved.unresolved[group]

    def test_refused_credentials_stop_everything(self, web: responses.RequestsMock, resolver: Resolver) -> None:
        web.get(f"{URL}/api/now/table/sys_user", status=401, json={"error": {"message": "User Not Authenticated"}})
        with pytest.raises(AuthError):
            resolver.resolve([BOB])

    @pytest.mark.parametrize(
        "candidates", [(("email", ""),), (("email", "a\nb"),), (("email", "javascript:x"),), (("e^b", "x"),), ()]
    )
    def test_what_cannot_be_asked_is_not_asked(
        self, candidates: tuple[tuple[str, str], ...], web: responses.RequestsMock, resolver: Resolver
    ) -> None:
        odd = Reference("sys_user", candidates, "?")
        assert resolver.resolve([odd]).unresolved[odd]
        assert len(web.calls) == 0


class TestMemory:
    def test_an_answer_is_remembered(self, web: responses.RequestsMock, resolver: Resolver, clock: Clock) -> None:
        rows(web, "sys_user", user("2", "bob@example.com"))
        shouted = Reference("sys_user", (("email", "BOB@EXAMPLE.COM"),), "Bob")
        assert resolver.resolve([BOB]).ids[BOB] == "2"
        clock.now = HIT_SECONDS - 1
        assert resolver.resolve([shouted]).ids[shouted] == "2"
        assert len(web.calls) == 1
        clock.now = HIT_SECONDS + 1
        resolver.resolve([BOB])
        assert len(web.calls) == 2

    def test_a_miss_is_forgotten_sooner(self, web: responses.RequestsMock, resolver: Resolver, clock: Clock) -> None:
        rows(web, "sys_user")
        rows(web, "sys_user", user("2", "bob@example.com"))
        assert resolver.resolve([BOB]).ids == {}
        clock.now = MISS_SECONDS + 1
        assert resolver.resolve([BOB]).ids == {BOB: "2"}
