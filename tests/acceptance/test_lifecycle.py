"""Deleted, archived, moved, hidden, over HTTP in both flavours: found without a poll, told once, and never inferred."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing, contextmanager

import pytest
import yaml

from syncd.core.marker import OF_ISSUE
from syncd.sandbox.jira import generate_issues
from syncd.settings import load_settings
from syncd.wiring import opened
from tests.acceptance.stage import MAPPING, eventually, get, ready, staged

EVERYTHING = "{leaves_query: note, archived: note, deleted: note, hidden: note}"
HOUR = 3600.0


@pytest.fixture(params=["cloud", "datacenter"])
def flavour(request):
    return request.param


@contextmanager
def stage_of(tmp_path, flavour, **options):
    """A stage whose mapping speaks of one project and of the lifecycle, and whose index is believed not to lag."""
    with staged(tmp_path, generate_issues(30, seed=1), flavour, **options) as stage:
        mapping = tmp_path / "mappings" / MAPPING.name
        text = re.sub(r"^  jql: .*$", "  jql: project = OPS", mapping.read_text(encoding="utf-8"), flags=re.MULTILINE)
        mapping.write_text(f"{text}\nlifecycle: {EVERYTHING}\n", encoding="utf-8")
        settings = yaml.safe_load(stage.config.read_text(encoding="utf-8"))
        settings["connections"]["jira"]["overlap"] = "500ms"
        stage.config.write_text(yaml.safe_dump(settings), encoding="utf-8")
        yield stage


def ids(stage):
    return [str(issue.id) for issue in stage.jira.site.world.issues.values()]


def told(stage, issue):
    """The words that the record of this issue was told."""
    marks = stage.marks(stage.incidents()[issue]["sys_id"])
    return [mark.digest for mark in marks if mark.comment_id == OF_ISSUE]


def census(stage, code=0):
    """As an operator runs it. Two looks are an index's lag apart."""
    stage.jira.clock.advance(HOUR)
    stage.run("census", code=code)
    stage.jira.clock.advance(HOUR)
    return json.loads(stage.run("census", "--json", code=code))["ops-incidents"]


def test_every_way_to_go_is_told_apart_as_far_as_jira_tells_it(tmp_path, flavour):
    with stage_of(tmp_path, flavour) as stage:
        stage.run("sync")
        deleted, secret, archived, moved, kept = ids(stage)[:5]
        stage.jira.act.delete(deleted)
        stage.jira.act.restrict(secret)
        stage.jira.act.archive(archived)
        stage.jira.act.move(moved, "ELSEWHERE")
        census(stage)
        words = [told(stage, issue) for issue in (deleted, secret, archived, moved, kept)]
        assert words == [["deleted"], ["deleted"], ["archived"], ["left"], []]
        before = stage.writes()
        census(stage)
        assert stage.writes() == before


def test_what_comes_back_is_synced_and_a_later_disappearance_is_told_again(tmp_path, flavour):
    with stage_of(tmp_path, flavour) as stage:
        stage.run("sync")
        issue = ids(stage)[0]
        stage.jira.act.archive(issue)
        census(stage)
        stage.jira.act.unarchive(issue)
        stage.jira.act.edit(issue, {"summary": "Back again"})
        census(stage)
        assert stage.incidents()[issue]["short_description"] == "Back again"
        stage.jira.act.archive(issue)
        census(stage)
        assert told(stage, issue) == ["archived", "back", "archived"]


def test_a_lagging_and_flickering_index_misses_nothing_and_invents_nothing(tmp_path, flavour):
    with stage_of(tmp_path, flavour, index_lag=(0.0, 600.0), flicker=0.1) as stage:
        stage.jira.clock.advance(HOUR)
        with opened(load_settings(stage.config), working=True) as app:
            (route,) = app.engine.chosen(None)

            def tended(seconds):
                stage.jira.clock.advance(seconds)
                app.engine.sync(route, wide=True)
                app.engine.count(route)

            def known_to_have_left(issue):
                tended(HOUR)
                return bool(told(stage, issue))

            tended(0)
            deleted, moved, *others = sorted(stage.incidents())
            stage.jira.act.delete(deleted)
            stage.jira.act.move(moved, "ELSEWHERE")
            for issue in others[:10]:
                stage.jira.act.edit(issue, {"summary": "Changed behind the index"})
            for seconds in (60, 300, 300, 300, HOUR, HOUR, HOUR):
                tended(seconds)
            # Two looks that agree lie an overlap apart, which passes on the clock of the database.
            eventually(lambda: known_to_have_left(moved))
        assert len(stage.incidents()) == 30
        assert all(stage.incidents()[one]["short_description"] == "Changed behind the index" for one in others[:10])
        gone = {issue: told(stage, issue) for issue in stage.incidents() if told(stage, issue)}
        assert gone == {deleted: ["deleted"], moved: ["left"]}


@pytest.mark.parametrize("lost", ["the whole project", "every issue, by a security level"])
def test_a_permission_that_is_lost_mid_run_changes_nothing_and_is_over_by_itself(tmp_path, flavour, lost):
    pace = {"census_interval": "1s", "rescan_interval": "1s"}
    with stage_of(tmp_path, flavour, settings=pace) as stage, stage.daemon() as url:
        eventually(lambda: at_rest(stage) and ready(url)[0])
        before = stage.writes()
        by_project = lost == "the whole project"
        take_away(stage, by_project=by_project)
        eventually(lambda: not ready(url)[0])
        if by_project and flavour == "datacenter":
            assert any("OPS" in reason for reason in ready(url)[1])  # its search says that there is no such project
        else:
            eventually(lambda: any("30 linked issues are missing" in reason for reason in ready(url)[1]))
            assert counted(url, "syncd_guard_total") >= 1
        assert stage.writes() == before
        give_back(stage, by_project=by_project)
        eventually(lambda: ready(url)[0])
        assert all(told(stage, issue) == [] for issue in ids(stage))


def at_rest(stage):
    """Whether all issues have arrived, and nothing is under way or waiting any more."""
    with closing(sqlite3.connect(stage.folder / "syncd.db")) as database:
        (waiting,) = database.execute("SELECT count(*) FROM links WHERE due_at IS NOT NULL").fetchone()
    return waiting == 0 and len(stage.incidents()) == 30


def take_away(stage, *, by_project):
    if by_project:
        stage.jira.act.deny("browse", "OPS")
    else:
        for issue in ids(stage):
            stage.jira.act.restrict(issue)


def give_back(stage, *, by_project):
    if by_project:
        stage.jira.act.allow("browse", "OPS")
    else:
        for issue in ids(stage):
            stage.jira.act.restrict(issue, None)


def test_a_dead_token_makes_nobody_look_deleted(tmp_path, flavour):
    with stage_of(tmp_path, flavour) as stage:
        stage.run("sync")
        gone = ids(stage)[0]
        stage.jira.act.delete(gone)
        stage.run("census")
        before = stage.writes()
        stage.jira.revoke()
        assert "error" in census(stage, code=1)
        assert stage.writes() == before


def test_an_operator_is_asked_before_many_are_believed_to_be_gone(tmp_path, flavour):
    with stage_of(tmp_path, flavour) as stage:
        stage.run("sync")
        gone = ids(stage)[:25]
        for issue in gone:
            stage.jira.act.delete(issue)
        before = stage.writes()
        assert "25 linked issues are missing" in census(stage, code=3)["look"]["alarm"]
        assert stage.writes() == before
        stage.run("status", code=1)
        stage.run("census", "--accept", code=2)
        stage.run("census", "--accept", "--mapping", "ops-incidents")
        stage.run("census")
        assert all(told(stage, issue) == ["deleted"] for issue in gone)
        stage.run("status")


def counted(url, metric):
    lines = [line for line in get(f"{url}/metrics")[1].splitlines() if line.startswith(metric + "{")]
    return max(float(line.split()[-1]) for line in lines)
