"""What every `Source` must do. A test module of an adapter inherits `SourceContract` and gives it a `world`.

The world is the source together with hands that change what it shows, as the people who work there would.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from syncd.core.lifecycle import Sight
from syncd.core.model import Audience, Comment, Issue
from syncd.core.ports import Page, Source, Stub
from syncd.errors import AuthError, RejectedError

SOON = timedelta(minutes=1)


class World(Protocol):
    """A source and the people around it. `query` finds everything that `create` makes, and at first nothing else."""

    source: Source
    query: str
    other_query: str
    """A query over a project that is there and empty."""
    broken_query: str
    """A query over something that is not there."""

    def create(self, summary: str) -> str:
        """Make an issue and return its id."""
        ...

    def edit(self, issue: str, summary: str) -> None: ...

    def delete(self, issue: str) -> None: ...

    def hide(self, issue: str) -> None:
        """Make it invisible to the source's user."""
        ...

    def archive(self, issue: str) -> None: ...

    def leave(self, issue: str) -> str:
        """Let it leave the query, as by a move. Returns the key that it has then."""
        ...

    def hide_project(self) -> None:
        """The source's user may not see any of the issues any more."""
        ...

    def comment(self, issue: str, body: str) -> str:
        """Add a comment and return its id."""
        ...

    def edit_comment(self, comment: str, body: str) -> None: ...

    def delete_comment(self, comment: str) -> None: ...

    def pass_time(self, seconds: float) -> None:
        """Let time pass in the source's world."""
        ...

    def revoke(self) -> None:
        """The credentials are wrong from now on."""
        ...


def stubs_of(pages: Sequence[Page]) -> list[Stub]:
    return [stub for page in pages for stub in page.stubs]


def ids_of(pages: Sequence[Page]) -> set[str]:
    return {stub.id for stub in stubs_of(pages)}


class SourceContract:
    """The tests. Names of fixtures: `world`."""

    @staticmethod
    def one(world: World, issue: str, fields: Sequence[str] = ("summary",)) -> Issue:
        (found,) = world.source.fetch([issue], fields).issues
        return found

    @staticmethod
    def comments(world: World, issue: str) -> tuple[Comment, ...]:
        return SourceContract.one(world, issue).comments

    # ---- a few issues by id

    def test_the_issues_that_match_a_query_are_told_from_those_that_do_not(self, world: World) -> None:
        here, gone, hidden = world.create("here"), world.create("gone"), world.create("hidden")
        world.delete(gone)
        world.hide(hidden)
        world.source.prove()
        found = world.source.matching(world.query, [here, gone, hidden, "99999999"])
        assert [stub.id for stub in found] == [here]
        assert world.source.matching(world.other_query, [here]) == ()

    def test_what_is_there_and_not_among_the_issues_of_the_query_does_not_match(self, world: World) -> None:
        here, left, archived = world.create("here"), world.create("left"), world.create("archived")
        world.leave(left)
        world.archive(archived)
        world.pass_time(3600)
        world.source.prove()
        assert [stub.id for stub in world.source.matching(world.query, [left, archived, here])] == [here]

    def test_an_issue_asked_for_twice_matches_once(self, world: World) -> None:
        issue = world.create("here")
        world.source.prove()
        assert [stub.id for stub in world.source.matching(world.query, [issue, issue])] == [issue]

    def test_a_stub_says_what_the_issue_says(self, world: World) -> None:
        """What is listed, what matches and what is fetched are compared with each other by their times."""
        id = world.create("here")
        world.source.prove()
        (listed,) = stubs_of(list(world.source.changed_since(world.query, None)))
        (matched,) = world.source.matching(world.query, [id])
        issue = self.one(world, id)
        assert listed == matched
        assert (matched.key, matched.updated) == (issue.key, issue.updated)

    def test_an_issue_that_was_made_a_moment_ago_matches_already(self, world: World) -> None:
        world.source.prove()
        made = world.create("made this moment")
        assert [stub.id for stub in world.source.matching(world.query, [made])] == [made]

    def test_no_issue_is_found_by_a_query_that_cannot_be_asked(self, world: World) -> None:
        issue = world.create("here")
        world.source.prove()
        with pytest.raises(RejectedError):
            world.source.matching(world.broken_query, [issue])

    # ---- proving

    def test_it_proves_itself_and_tells_its_own_time_in_utc(self, world: World) -> None:
        before = world.source.prove()
        world.pass_time(3600)
        after = world.source.prove()
        assert before.utcoffset() == timedelta(0)
        assert timedelta(minutes=59) < after - before < timedelta(minutes=61)

    def test_its_site_has_a_lasting_name(self, world: World) -> None:
        world.source.prove()
        assert world.source.site
        assert world.source.site == world.source.site.lower()
        assert "://" not in world.source.site

    def test_wrong_credentials_never_look_like_nothing_to_do(self, world: World) -> None:
        issue = world.create("there")
        world.source.prove()
        world.revoke()
        with pytest.raises(AuthError):
            world.source.prove()
        with pytest.raises(AuthError):
            list(world.source.changed_since(world.query, None))
        with pytest.raises(AuthError):
            world.source.fetch([issue], ["summary"])

    # ---- listing

    def test_everything_is_listed_oldest_change_first(self, world: World) -> None:
        made = []
        for n in range(5):
            made.append(world.create(f"issue {n}"))
            world.pass_time(90)
        stubs = stubs_of(list(world.source.changed_since(world.query, None)))
        assert [stub.id for stub in stubs] == made
        assert all(stub.key and stub.updated.utcoffset() == timedelta(0) for stub in stubs)

    def test_a_change_is_listed_again(self, world: World) -> None:
        old, new = world.create("old"), world.create("new")
        world.pass_time(3600)
        clock = world.source.prove()
        world.pass_time(60)
        world.edit(new, "newer")
        listed = ids_of(list(world.source.changed_since(world.query, clock)))
        assert new in listed
        assert old not in listed

    def test_changes_at_the_very_moment_asked_for_are_listed(self, world: World) -> None:
        issue = world.create("exact")
        (stub,) = stubs_of(list(world.source.changed_since(world.query, None)))
        assert issue in ids_of(list(world.source.changed_since(world.query, stub.updated)))

    @pytest.mark.parametrize("what", ["comment", "edited comment", "deleted comment"])
    def test_whatever_happens_to_a_comment_is_a_change_of_its_issue(self, world: World, what: str) -> None:
        issue = world.create("talk")
        comment = world.comment(issue, "first")
        world.pass_time(3600)
        clock = world.source.prove()
        world.pass_time(60)
        match what:
            case "comment":
                world.comment(issue, "second")
            case "edited comment":
                world.edit_comment(comment, "first, better")
            case "deleted comment":
                world.delete_comment(comment)
        assert issue in ids_of(list(world.source.changed_since(world.query, clock)))

    def test_reached_never_passes_the_clock_and_never_steps_back(self, world: World) -> None:
        for n in range(4):
            world.create(f"issue {n}")
            world.pass_time(70)
        clock = world.source.prove()
        reached = [page.reached for page in world.source.changed_since(world.query, None) if page.reached]
        assert reached
        assert reached == sorted(reached)
        assert all(mark <= clock + SOON for mark in reached)

    def test_what_changes_after_a_listing_is_found_from_where_it_reached(self, world: World) -> None:
        world.create("one")
        world.pass_time(600)
        two = world.create("two")
        reached = list(world.source.changed_since(world.query, None))[-1].reached
        world.pass_time(600)
        three = world.create("three")
        listed = ids_of(list(world.source.changed_since(world.query, reached)))
        assert {two, three} <= listed

    def test_what_is_gone_hidden_or_out_of_the_query_is_not_listed(self, world: World) -> None:
        issues = {name: world.create(name) for name in ("here", "deleted", "hidden", "left", "archived")}
        world.delete(issues["deleted"])
        world.hide(issues["hidden"])
        world.leave(issues["left"])
        world.archive(issues["archived"])
        world.pass_time(3600)
        world.source.prove()
        assert ids_of(list(world.source.changed_since(world.query, None))) == {issues["here"]}

    def test_a_listing_can_be_narrowed_to_one_issue_by_its_key(self, world: World) -> None:
        """So the engine looks for the issue that a person names."""
        one, other = world.create("one"), world.create("other")
        world.source.prove()
        narrowed = f'({world.query}) AND (key = "{self.one(world, one).key}")'
        assert ids_of(list(world.source.changed_since(narrowed, None))) == {one}
        elsewhere = f'({world.other_query.partition(" ORDER BY")[0]}) AND (key = "{self.one(world, other).key}")'
        assert ids_of(list(world.source.changed_since(elsewhere, None))) == set()

    def test_an_empty_project_lists_nothing(self, world: World) -> None:
        assert stubs_of(list(world.source.changed_since(world.other_query, None))) == []

    def test_a_query_over_something_that_is_not_there_is_refused_and_not_empty(self, world: World) -> None:
        with pytest.raises(RejectedError):
            list(world.source.changed_since(world.broken_query, None))

    # ---- what polling cannot see

    def test_the_census_counts_every_issue_of_the_query_and_no_other(self, world: World) -> None:
        made = [world.create(f"issue {n}") for n in range(230)]
        world.delete(made[0])
        world.hide(made[1])
        world.leave(made[2])
        world.archive(made[3])
        counted = [issue for page in world.source.all_ids(world.query) for issue in page]
        assert sorted(counted) == sorted(made[4:])
        assert [list(page) for page in world.source.all_ids(world.other_query) if page] == []

    def test_a_census_of_something_that_is_not_there_is_refused_and_not_empty(self, world: World) -> None:
        with pytest.raises(RejectedError):
            list(world.source.all_ids(world.broken_query))

    def test_where_an_issue_went_is_told_as_far_as_the_source_tells_it(self, world: World) -> None:
        names = ("here", "deleted", "hidden", "left", "archived")
        issues = {name: world.create(name) for name in names}
        keys = {id: self.one(world, id).key for id in issues.values()}
        world.delete(issues["deleted"])
        world.hide(issues["hidden"])
        world.archive(issues["archived"])
        key = world.leave(issues["left"])
        world.pass_time(3600)
        world.source.prove()
        found = world.source.whereabouts(world.query, keys)
        assert {name: found[id].sight for name, id in issues.items()} == {
            "here": Sight.HERE,
            "deleted": Sight.DELETED,
            "hidden": Sight.DELETED,  # by a security level: exactly as if deleted (jira facts 4.8)
            "left": Sight.LEFT,
            "archived": Sight.ARCHIVED,
        }
        assert found[issues["left"]].key == key

    def test_an_issue_that_left_a_moment_ago_may_be_the_indexs_lag(self, world: World) -> None:
        issue = world.create("leaves")
        world.leave(issue)
        world.source.prove()
        assert world.source.whereabouts(world.query, {issue: "OPS-1"})[issue].sight is Sight.UNSETTLED

    def test_every_issue_asked_about_gets_an_answer_and_one_that_never_was_is_as_if_deleted(self, world: World) -> None:
        here = world.create("here")
        key = self.one(world, here).key
        world.source.prove()
        never = f"{key.rpartition('-')[0]}-99999"
        found = world.source.whereabouts(world.query, {"99999999": never, here: key})
        assert {id: one.sight for id, one in found.items()} == {here: Sight.HERE, "99999999": Sight.DELETED}
        assert found[here].key == key

    def test_a_query_that_is_refused_makes_nobody_look_as_if_he_left(self, world: World) -> None:
        issue = world.create("here")
        key = self.one(world, issue).key
        world.pass_time(3600)
        world.source.prove()
        assert world.source.whereabouts(world.broken_query, {issue: key})[issue].sight is Sight.UNSETTLED

    def test_all_issues_of_a_project_that_is_not_to_be_seen_are_hidden_and_not_deleted(self, world: World) -> None:
        issues = [world.create("one"), world.create("two")]
        keys = {id: self.one(world, id).key for id in issues}
        world.hide_project()
        world.source.prove()
        found = world.source.whereabouts(world.query, keys)
        assert {one.sight for one in found.values()} == {Sight.HIDDEN}

    def test_dead_credentials_tell_nothing_about_where_issues_are(self, world: World) -> None:
        issue = world.create("here")
        key = self.one(world, issue).key
        world.revoke()
        with pytest.raises(AuthError):
            world.source.whereabouts(world.query, {issue: key})
        with pytest.raises(AuthError):
            list(world.source.all_ids(world.query))

    # ---- fetching

    def test_an_issue_comes_whole(self, world: World) -> None:
        issue_id = world.create("printer on fire")
        world.source.prove()
        issue = self.one(world, issue_id)
        assert issue.id == issue_id
        assert issue.site == world.source.site
        assert issue.fields["summary"] == "printer on fire"
        assert issue.url.startswith("http")
        assert issue.key in issue.url
        assert issue.updated.tzinfo is UTC
        assert issue.names["summary"]
        assert not issue.restricted

    def test_all_fields_come_when_none_is_named(self, world: World) -> None:
        issue = self.one(world, world.create("all"), ())
        assert {"summary", "description", "updated"} <= set(issue.fields)

    def test_fields_go_by_their_names_too(self, world: World) -> None:
        issue_id = world.create("named")
        name = self.one(world, issue_id).names["summary"]
        assert self.one(world, issue_id, [name]).fields["summary"] == "named"

    def test_a_field_that_is_not_there_is_refused_by_name(self, world: World) -> None:
        with pytest.raises(RejectedError, match="No Such Field"):
            world.source.fetch([world.create("x")], ["summary", "No Such Field"])

    def test_the_order_is_that_of_the_request_and_nothing_comes_twice(self, world: World) -> None:
        a, b, c = (world.create(name) for name in "abc")
        assert [issue.id for issue in world.source.fetch([c, a, c, b], ["summary"]).issues] == [c, a, b]

    def test_nothing_asked_is_nothing_given(self, world: World) -> None:
        world.create("here")
        world.source.prove()
        fetched = world.source.fetch([], ["summary"])
        assert (fetched.issues, fetched.missing, dict(fetched.failed)) == ((), (), {})
        assert world.source.matching(world.query, []) == ()
        assert dict(world.source.whereabouts(world.query, {})) == {}

    def test_whether_an_issue_is_restricted_is_known_whatever_is_asked_for(self, world: World) -> None:
        issue = self.one(world, world.create("open"), ["summary"])
        assert "security" in issue.fields
        assert not issue.restricted

    def test_an_issue_that_left_the_query_is_given_all_the_same(self, world: World) -> None:
        issue = world.create("left")
        key = world.leave(issue)
        world.source.prove()
        assert self.one(world, issue).key == key

    def test_issues_that_may_not_be_seen_are_missing(self, world: World) -> None:
        issue = world.create("denied")
        world.hide_project()
        world.source.prove()
        fetched = world.source.fetch([issue], ["summary"])
        assert (fetched.issues, fetched.missing) == ((), (issue,))

    def test_what_is_deleted_or_hidden_is_missing_and_nothing_else_is(self, world: World) -> None:
        kept, deleted, hidden = world.create("kept"), world.create("deleted"), world.create("hidden")
        world.delete(deleted)
        world.hide(hidden)
        fetched = world.source.fetch([deleted, kept, hidden], ["summary"])
        assert [issue.id for issue in fetched.issues] == [kept]
        assert set(fetched.missing) == {deleted, hidden}

    def test_one_issue_alone_may_be_missing(self, world: World) -> None:
        gone = world.create("gone")
        world.delete(gone)
        assert world.source.fetch([gone], ["summary"]).missing == (gone,)

    def test_more_issues_than_any_request_may_name(self, world: World) -> None:
        made = [world.create(f"issue {n}") for n in range(205)]
        world.delete(made[100])
        fetched = world.source.fetch(made, ["summary"])
        assert [issue.id for issue in fetched.issues] == [one for one in made if one != made[100]]
        assert fetched.missing == (made[100],)

    # ---- comments

    def test_all_comments_come_oldest_first(self, world: World) -> None:
        issue = world.create("long story")
        made = [world.comment(issue, f"chapter {n}") for n in range(130)]
        comments = self.comments(world, issue)
        assert [comment.id for comment in comments] == made
        assert [comment.body for comment in comments] == [f"chapter {n}" for n in range(130)]
        assert all(comment.text == comment.body for comment in comments)

    def test_an_edit_of_a_comment_changes_its_body_and_not_its_id(self, world: World) -> None:
        issue = world.create("typo")
        comment_id = world.comment(issue, "teh")
        (before,) = self.comments(world, issue)
        world.pass_time(60)
        world.edit_comment(comment_id, "the")
        (after,) = self.comments(world, issue)
        assert (after.id, after.body) == (before.id, "the")
        assert after.created == before.created
        assert after.updated > before.updated

    def test_an_ordinary_comment_is_public_and_says_who_wrote_it(self, world: World) -> None:
        issue = world.create("talk")
        world.comment(issue, "hello")
        (comment,) = self.comments(world, issue)
        assert comment.audience is Audience.PUBLIC
        assert comment.author
        assert comment.author.name

    def test_a_deleted_comment_is_gone(self, world: World) -> None:
        issue = world.create("oops")
        first, second = world.comment(issue, "stays"), world.comment(issue, "goes")
        world.delete_comment(second)
        assert [comment.id for comment in self.comments(world, issue)] == [first]

    def test_times_of_comments_are_in_utc(self, world: World) -> None:
        issue = world.create("when")
        now: datetime = world.source.prove()
        world.comment(issue, "now")
        (comment,) = self.comments(world, issue)
        assert comment.created.tzinfo is UTC
        assert abs(comment.created - now) < SOON
