"""Jira as a source, over HTTP: what it costs, and what it does when Jira misbehaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from syncd.core.model import Audience
from syncd.errors import AuthError, RejectedError, ThrottledError, UnavailableError, UnreadableError
from syncd.jira import Basic, Bearer, JiraClient, JiraSource
from syncd.jira.source import site_of
from tests.jira.sandbox import FLAVOURS, LIMITS, Site, site


@pytest.fixture(params=FLAVOURS)
def jira(request: pytest.FixtureRequest) -> Iterator[Site]:
    with site(request.param, issues=30) as held:
        yield held


@pytest.fixture
def cloud() -> Iterator[Site]:
    with site("cloud", issues=30) as held:
        yield held


@pytest.fixture
def data_center() -> Iterator[Site]:
    with site("datacenter", issues=30) as held:
        yield held


def ids(held: Site, query: str = "project = OPS", since: datetime | None = None) -> set[str]:
    return {stub.id for page in held.listed(query, since) for stub in page.stubs}


def all_ids(held: Site) -> set[str]:
    return {str(number) for number in held.sandbox.site.world.issues}


# ---- what it costs


def test_a_poll_costs_two_calls_once_it_has_found_its_feet(jira: Site) -> None:
    since = jira.source.prove() - timedelta(minutes=5)
    jira.listed(since=since)
    jira.made()
    jira.source.prove()
    jira.listed(since=since)
    assert jira.made() == ["myself", "search"]


def test_before_the_first_poll_the_query_is_checked_and_a_way_to_name_moments_found(jira: Site) -> None:
    jira.listed(since=jira.source.prove() - timedelta(minutes=5))
    check = ["project", "parse"] if jira.client.server.cloud else ["project"]
    assert jira.made() == ["server", "myself", *check, "search", "search", "search"]


def test_on_cloud_a_hundred_issues_with_their_comments_cost_one_call(cloud: Site) -> None:
    wanted = sorted(ids(cloud))
    cloud.source.fetch(wanted[:1], ["summary"])
    cloud.made()
    fetched = cloud.source.fetch(wanted, ["summary", "description", "status"])
    assert cloud.made() == ["fetch"]
    assert len(fetched.issues) == 30
    assert any(issue.comments for issue in fetched.issues)


def test_on_data_center_each_issue_with_comments_costs_one_more(data_center: Site) -> None:
    wanted = sorted(ids(data_center))
    data_center.source.fetch(wanted[:1], ["summary"])
    data_center.made()
    fetched = data_center.source.fetch(wanted, ["summary"])
    commented = sum(1 for issue in fetched.issues if issue.comments)
    assert 0 < commented < 30
    assert data_center.made() == ["fetch"] + ["comments"] * commented


def test_where_there_is_no_service_desk_it_costs_no_more(data_center: Site) -> None:
    source = JiraSource(data_center.client, service_desks=False)
    wanted = sorted(ids(data_center))
    source.fetch(wanted[:1], ["summary"])
    data_center.made()
    comments = [comment for issue in source.fetch(wanted, ["summary"]).issues for comment in issue.comments]
    assert data_center.made() == ["fetch"]
    assert {comment.audience for comment in comments} <= {Audience.PUBLIC, Audience.RESTRICTED}


def test_only_what_is_asked_for_is_fetched(jira: Site) -> None:
    (issue,) = jira.source.fetch([min(ids(jira))], ["summary"]).issues
    assert set(issue.fields) <= {"summary", "updated", "security", "project"}


# ---- who and where


def test_the_account_is_known_after_proving(jira: Site) -> None:
    assert jira.source.account is None
    jira.source.prove()
    assert jira.source.account is not None
    assert jira.source.account.name == "Sync Bot"
    assert jira.source.account.zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("base", "name"),
    [
        ("https://Example.Atlassian.net", "example.atlassian.net"),
        ("https://jira.bank.com:8443/Jira/", "jira.bank.com:8443/jira"),
        ("http://jira", "jira"),
    ],
)
def test_the_site_is_named_after_the_address_people_use(base: str, name: str) -> None:
    assert site_of(base) == name


def test_the_site_may_be_named_by_hand(jira: Site) -> None:
    assert JiraSource(jira.client, site="old.example.com").site == "old.example.com"


def test_links_lead_to_the_address_people_use_and_not_to_the_one_we_call() -> None:
    with site("datacenter", issues=1, base_url="https://jira.bank.com/jira") as held:
        (issue,) = held.source.fetch(sorted(ids(held)), ()).issues
        assert issue.url == "https://jira.bank.com/jira/browse/OPS-1"
        assert held.source.site == "jira.bank.com/jira"


def test_a_scoped_token_works_through_the_gateway() -> None:
    with site("cloud", issues=3) as held:
        url = f"{held.client.url}/ex/jira/{held.sandbox.options.cloud_id}"
        client = JiraClient(url, Basic("bot@example.com", "jira-scoped-token"), limits=LIMITS)
        source = JiraSource(client)
        source.prove()
        fetched = source.fetch(sorted(ids(held)), ["summary"])
        assert len(fetched.issues) == 3
        assert source.site == site_of(held.client.url)
        client.close()


def test_data_center_takes_user_and_password_too() -> None:
    with site("datacenter", issues=1, auth=Basic("svc_syncd", "jira-password")) as held:
        held.source.prove()


@pytest.mark.parametrize("skew", [-600, 600])
def test_the_clock_is_jiras_and_not_ours(skew: float) -> None:
    with site("cloud", clock_skew=skew) as held:
        ours = datetime.now(UTC) + timedelta(seconds=skew)
        assert abs(held.source.prove() - ours) < timedelta(seconds=30)


# ---- credentials


def test_a_token_that_dies_between_two_polls_ends_in_an_error_not_in_silence(jira: Site) -> None:
    jira.source.prove()
    found = ids(jira)
    jira.sandbox.revoke()
    with pytest.raises(AuthError):
        jira.listed()
    with pytest.raises(AuthError):
        jira.source.fetch(sorted(found), ["summary"])


def test_a_token_that_dies_between_two_pages_ends_in_an_error(jira: Site) -> None:
    jira.sandbox.options.page_cap = jira.sandbox.options.views_max = 5
    pages = jira.source.changed_since("project = OPS", None)
    next(pages)
    jira.sandbox.revoke()
    with pytest.raises(AuthError):
        list(pages)


def test_a_refused_password_is_tried_once_and_a_captcha_is_named() -> None:
    with site("datacenter", auth=Basic("svc_syncd", "wrong")) as held:
        for _ in range(3):
            with pytest.raises(AuthError):
                held.source.prove()
        assert len(held.calls) == 3  # not once more: every attempt brings the lock-out nearer
        with pytest.raises(AuthError, match="CAPTCHA"):
            held.source.prove()


def test_a_data_center_token_shown_to_cloud_is_refused_in_words() -> None:
    with site("cloud", auth=Bearer("jira-pat")) as held, pytest.raises(AuthError, match="token"):
        held.source.prove()


# ---- queries


@pytest.mark.parametrize("query", ["project = NOPE", "project in (OPS, NOPE)", 'project = "Not Here" OR project = OPS'])
def test_a_project_that_is_not_there_is_named(jira: Site, query: str) -> None:
    with pytest.raises(RejectedError, match=r"NOPE|Not Here"):
        jira.listed(query)


def test_a_project_may_be_called_by_its_name(jira: Site) -> None:
    name = jira.sandbox.site.world.projects["OPS"].name
    assert ids(jira, f'project = "{name}"') == all_ids(jira)


def test_a_project_that_is_lost_while_running_is_noticed_by_a_check(jira: Site) -> None:
    jira.source.validate("project = OPS")
    jira.sandbox.act.deny("browse", "OPS")
    with pytest.raises(RejectedError, match="Browse Projects"):
        jira.source.validate("project = OPS")


@pytest.mark.parametrize("query", ['project = "OPS', "project = OPS AND (", "project = OPS AND AND"])
def test_a_query_that_cannot_be_read_is_refused(jira: Site, query: str) -> None:
    with pytest.raises(RejectedError):
        jira.listed(query)


def test_the_fields_of_a_mapping_can_be_checked_before_they_are_needed(jira: Site) -> None:
    jira.source.validate("project = OPS", ["summary", "Priority"])
    with pytest.raises(RejectedError, match="'Prioritty'; did you mean 'Priority'"):
        jira.source.validate("project = OPS", ["summary", "Prioritty"])


def test_an_or_in_the_query_and_its_own_order_do_no_harm(jira: Site) -> None:
    clock = jira.source.prove()
    jira.sandbox.clock.advance(3600)
    jira.sandbox.act.edit("OPS-7", {"summary": "fresh"})
    query = "project = OPS OR project = OPS ORDER BY priority DESC"
    assert ids(jira, query, clock) == {str(jira.sandbox.site.world.issue("OPS-7").id)}  # type: ignore[union-attr]


# ---- time zones


@pytest.mark.parametrize("way", ["epoch", "local", "relative"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kolkata"])
def test_changes_are_found_whatever_the_zone_of_the_profile(jira: Site, way: Any, zone: str) -> None:
    jira.sandbox.act.set_time_zone(zone)
    jira.sandbox.clock.advance(3600)
    source = JiraSource(jira.client, way=way)
    clock = source.prove()
    jira.sandbox.clock.advance(3600)
    jira.sandbox.act.edit("OPS-3", {"summary": "fresh"})
    source.prove()
    keys = {stub.key for page in source.changed_since("project = OPS", clock) for stub in page.stubs}
    assert keys == {"OPS-3"}


def test_a_profile_that_moves_to_another_zone_changes_nothing_about_an_issue(jira: Site) -> None:
    wanted = sorted(ids(jira))
    before = jira.source.fetch(wanted, ["summary", "created", "updated", "resolutiondate", "duedate"])
    jira.sandbox.act.set_time_zone("Asia/Kolkata")
    assert jira.source.fetch(wanted, ["summary", "created", "updated", "resolutiondate", "duedate"]) == before


@pytest.mark.parametrize("way", ["epoch", "local", "relative"])
def test_the_night_when_an_hour_comes_twice_hides_nothing(way: Any) -> None:
    with site("datacenter") as held:
        held.sandbox.clock.freeze(datetime(2024, 10, 27, 0, 10, tzinfo=UTC))  # 02:10 in Berlin, for the first time
        source = JiraSource(held.client, way=way)
        made = set()
        for _ in range(14):
            clock = source.prove()
            held.sandbox.clock.advance(600)
            made.add(held.sandbox.act.create(summary="at night").key)
            source.prove()
            listed = {stub.key for page in source.changed_since("project = OPS", clock) for stub in page.stubs}
            assert max(made, key=lambda key: int(key[4:])) in listed


# ---- a bad day


TROUBLES = [
    pytest.param("429", {"retry_after": 120}, ThrottledError, id="429 with seconds"),
    pytest.param("429", {"retry_after": "date"}, ThrottledError, id="429 with a date"),
    pytest.param("429", {"retry_after": "reset"}, ThrottledError, id="429 with a reset"),
    pytest.param("429", {"retry_after": "gateway"}, ThrottledError, id="429 of the gateway"),
    pytest.param("429", {"retry_after": None}, ThrottledError, id="429 without a word"),
    pytest.param("503", {"retry_after": None}, UnavailableError, id="503"),
    pytest.param("502", {}, UnavailableError, id="502 page"),
    pytest.param("500", {}, UnavailableError, id="500"),
    pytest.param("html", {}, UnreadableError, id="200 page"),
    pytest.param("login_redirect", {}, UnreadableError, id="redirect to the log-in page"),
    pytest.param("truncated", {}, UnreadableError, id="half an answer"),
    pytest.param("drop_before", {}, UnavailableError, id="broken connection"),
    pytest.param("cut", {}, UnavailableError, id="broken answer"),
]


@pytest.mark.parametrize(("kind", "details", "error"), TROUBLES)
def test_trouble_that_lasts_is_an_error_and_never_an_end(
    jira: Site, kind: str, details: dict[str, Any], error: type[Exception]
) -> None:
    jira.sandbox.options.page_cap = jira.sandbox.options.views_max = 10
    pages = jira.source.changed_since("project = OPS", None)
    first = next(pages)
    jira.sandbox.faults.add(kind, path="*/search*", count=None, **details)
    with pytest.raises(error):
        list(pages)
    assert 0 < len(first.stubs) < 30


@pytest.mark.parametrize("kind", ["502", "500", "html", "login_redirect", "drop_before", "cut", "drop_after"])
def test_trouble_that_passes_is_not_noticed(jira: Site, kind: str) -> None:
    jira.sandbox.faults.add(kind, path="*/search*")
    jira.sandbox.faults.add(kind, path="*/myself")
    jira.source.prove()
    assert ids(jira) == all_ids(jira)


def test_a_wish_to_wait_reaches_the_engine(jira: Site) -> None:
    jira.sandbox.faults.add("429", path="*/search*", retry_after=77)
    with pytest.raises(ThrottledError) as caught:
        jira.listed()
    assert caught.value.retry_after == 77


def test_issues_that_come_through_only_in_small_numbers_come_through(jira: Site) -> None:
    wanted = sorted(ids(jira))
    path = "*/bulkfetch" if jira.client.server.cloud else "*/search"
    jira.sandbox.faults.add("truncated", path=path, count=2)
    assert len(jira.source.fetch(wanted, ["summary"]).issues) == 30


def test_cloud_with_every_bad_habit_at_once_is_listed_completely() -> None:
    options: dict[str, Any] = {"short_pages": 0.7, "lying_is_last": True, "last_token": "null", "page_cap": 7}
    with site("cloud", issues=80, cloud_drift=True, shuffled_ties=True, index_precision="minute", **options) as held:
        assert ids(held) == all_ids(held)


def test_data_center_with_every_bad_habit_at_once_is_listed_completely() -> None:
    with site(
        "datacenter", issues=80, views_max=7, total_excess=13, shuffled_ties=True, index_precision="minute"
    ) as held:
        assert ids(held) == all_ids(held)


def test_a_token_that_repeats_for_ever_is_an_error() -> None:
    with site("cloud", page_cap=5, repeat_token=True) as held:
        for n in range(30):
            held.sandbox.act.create(summary=f"{n}")  # all in the tail, where only tokens lead on
        with pytest.raises(UnreadableError, match="cannot be listed"):
            held.listed()


@pytest.mark.parametrize("semantic_errors", ["empty", "error"])
@pytest.mark.parametrize(
    "query", ["project = NOPE", "universe = 42", "project = OPS AND priority = Nonesuch", "issuetype in nosuch()"]
)
def test_a_mistake_of_meaning_on_cloud_is_refused_and_not_polled_for_ever(semantic_errors: str, query: str) -> None:
    with site("cloud", issues=3, semantic_errors=semantic_errors) as held, pytest.raises(RejectedError):
        held.listed(query)


def test_where_the_parser_of_cloud_is_out_of_reach_projects_are_checked_all_the_same(cloud: Site) -> None:
    cloud.sandbox.faults.add("html", path="*/jql/parse", count=None)
    assert ids(cloud) == all_ids(cloud)
    with pytest.raises(RejectedError, match="'NOPE'"):
        cloud.listed("project = NOPE")


def test_a_lagging_index_is_caught_up_with_by_the_overlap() -> None:
    with site("cloud", issues=5, index_lag=120.0) as held:
        clock = held.source.prove()
        late = str(held.sandbox.act.create(summary="late").id)
        assert late not in ids(held, since=clock)
        held.sandbox.clock.advance(180)
        assert late in ids(held, since=held.source.prove() - held.source.overlap)


def test_an_issue_edited_faster_than_it_is_indexed_hides_no_other() -> None:
    with site("cloud", issues=40, page_cap=10, index_lag=60.0) as held:
        for key in ("OPS-10", "OPS-20", "OPS-30"):
            held.sandbox.act.edit(key, {"summary": "busy"})
        assert ids(held) == all_ids(held)


def test_old_addresses_of_search_are_not_used() -> None:
    with site("cloud", issues=3) as held:
        held.listed()
        held.source.fetch(sorted(all_ids(held)), ())
        used = {request.path for request in held.sandbox.requests}
        assert not any(re.fullmatch(r"/rest/api/\d/search", path) for path in used)


def test_the_removed_search_of_cloud_is_refused_in_words(cloud: Site) -> None:
    with pytest.raises(RejectedError, match="newer syncd"):
        cloud.client.get("/rest/api/2/search", endpoint="search", step="searching")


def test_cloud_may_say_that_the_log_in_was_good() -> None:
    with site("cloud", issues=2, ok_login_header=True) as held:
        held.source.prove()
        assert ids(held) == all_ids(held)


def test_a_wrong_context_path_is_named() -> None:
    with site("datacenter") as held:
        client = JiraClient(f"{held.client.url}/wrong", Bearer("jira-pat"), limits=LIMITS)
        with pytest.raises(UnreadableError, match="context path"):
            JiraSource(client).prove()
        client.close()


def test_an_issue_whose_comments_cannot_be_read_stops_no_other(data_center: Site) -> None:
    act = data_center.sandbox.act
    good, bad = (act.create(summary=name) for name in ("good", "bad"))
    for issue in (good, bad):
        act.comment(issue.key, "hello")
    wanted = [str(issue.id) for issue in (good, bad)]
    data_center.sandbox.faults.add("truncated", path=f"*/issue/{bad.id}/comment", count=None)
    fetched = data_center.source.fetch(wanted, ["summary"])
    assert [issue.key for issue in fetched.issues] == [good.key]
    assert "comments of " + bad.key in str(fetched.failed[str(bad.id)])
    assert fetched.missing == ()


# ---- comments


def test_comments_tell_who_may_read_them(jira: Site) -> None:
    act = jira.sandbox.act
    issue = str(act.create(summary="talk").id)
    act.comment(issue, "for all")
    act.comment(issue, "for us", internal=True)
    act.comment(issue, "for admins", role="Administrators")
    (found,) = jira.source.fetch([issue], ["summary"]).issues
    audiences = [comment.audience for comment in found.comments]
    assert audiences == [Audience.PUBLIC, Audience.INTERNAL, Audience.RESTRICTED]


def test_comments_without_an_author_and_with_two_alike(jira: Site) -> None:
    act = jira.sandbox.act
    issue = str(act.create(summary="talk").id)
    for _ in range(2):
        act.comment(issue, "same *words*", as_user=None)
    (found,) = jira.source.fetch([issue], ["summary"]).issues
    assert [(comment.author, comment.text) for comment in found.comments] == [(None, "same words")] * 2
    assert found.comments[0].id != found.comments[1].id


def test_security_shows_on_an_issue_that_we_may_see(jira: Site) -> None:
    act = jira.sandbox.act
    issue = str(act.create(summary="secret").id)
    act.set_groups("svc_syncd", ["jira-software-users", "jira-administrators", "board"])
    act.restrict(issue)
    (found,) = jira.source.fetch([issue], ["summary"]).issues
    assert found.restricted


def test_a_moved_issue_keeps_its_id_and_shows_its_new_key(jira: Site) -> None:
    issue = str(jira.sandbox.act.create(summary="nomad").id)
    jira.sandbox.act.move(issue, "NEW")
    (found,) = jira.source.fetch([issue], ["summary"]).issues
    assert (found.id, found.key) == (issue, "NEW-1")
    assert found.url.endswith("/browse/NEW-1")


def test_ids_are_numbers_and_nothing_else_gets_into_a_query(jira: Site) -> None:
    with pytest.raises(RejectedError, match="no issue ids like"):
        jira.source.fetch(["1", "1) OR project = OPS"], ["summary"])


def test_people_who_work_while_we_list_hide_nothing(jira: Site) -> None:
    options, act, before = jira.sandbox.options, jira.sandbox.act, all_ids(jira)
    options.page_cap = options.views_max = 4
    options.cloud_drift = True
    listed: set[str] = set()
    for n, page in enumerate(jira.source.changed_since("project = OPS", None)):
        listed |= {stub.id for stub in page.stubs}
        if n < 20:
            act.edit(f"OPS-{n + 1}", {"summary": f"edited {n}"})
            jira.sandbox.clock.advance(1)
    assert listed >= before


def test_an_issue_deleted_between_its_own_call_and_that_for_its_comments_is_missing(data_center: Site) -> None:
    act = data_center.sandbox.act
    issue = act.create(summary="brief")
    act.comment(issue.key, "hello")

    def delete_after_fetch(call: Any) -> None:
        if call.endpoint == "fetch":
            act.delete(issue.key)

    client = JiraClient(data_center.client.url, Bearer("jira-pat"), limits=LIMITS, listen=delete_after_fetch)
    source = JiraSource(client)
    assert source.fetch([str(issue.id)], []).missing == (str(issue.id),)
    client.close()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_site_that_shows_issues_to_strangers_is_no_proof_of_a_log_in(flavour: str) -> None:
    with site(flavour, issues=5, anonymous_browse=True, dead_token_is_stranger=True) as held:
        held.source.prove()
        held.sandbox.revoke()
        with pytest.raises(AuthError):
            held.source.prove()


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_comment_that_was_hidden_without_a_trace_is_judged_as_it_is_when_the_issue_is_read(flavour: str) -> None:
    """A bulk change by an administrator moves no `updated` (jira facts 3.5): no poll shows it, a reader sees it."""
    with site(flavour, issues=1) as held:
        comment = held.sandbox.act.comment("OPS-1", "to be hidden")
        before = held.sandbox.site.world.issues[10001].updated
        held.sandbox.act.restrict_comment(comment.id, role="Administrators", silently=True)
        assert held.sandbox.site.world.issues[10001].updated == before
        (issue,) = held.source.fetch(["10001"], ["summary"]).issues
        assert {one.id: one.audience for one in issue.comments}[comment.id] is Audience.RESTRICTED
