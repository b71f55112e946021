"""The database is lost in the middle of everything, in both flavours and on both databases; then what is there is read.

Whatever can be known of it is known from the two systems alone; who checks the end asks them, and not syncd.
"""

from __future__ import annotations

import json
import os
import signal
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import sqlalchemy

from syncd.core.marker import OF_ISSUE, Mark
from syncd.sandbox.jira import generate_issues
from syncd.sandbox.jira.model import Issue
from tests.acceptance.stage import Stage, eventually, staged

ISSUES = 40
FRESH = {"alembic_version", "audit_head"}
"""What a new database holds."""

SECRET = "nobody outside may read this"


@pytest.fixture(params=["sqlite", "postgres"])
def database(request, tmp_path):
    """The URL of an empty database."""
    return (
        f"sqlite:///{tmp_path / 'syncd.db'}" if request.param == "sqlite" else request.getfixturevalue("fresh_postgres")
    )


def lose(stage: Stage, database: str) -> None:
    """Nothing is left of it. On Postgres, whoever works on it goes on and finds it empty."""
    if database.startswith("sqlite"):
        for file in stage.folder.glob("syncd.db*"):
            file.unlink()
        return
    engine = sqlalchemy.create_engine(database, poolclass=sqlalchemy.NullPool)
    with engine.begin() as connection:
        tables = sqlalchemy.inspect(connection).get_table_names()
        for table in sorted(set(tables) - FRESH):
            connection.execute(sqlalchemy.text(f"DELETE FROM {table}"))
    engine.dispose()


def in_the_middle(stage: Stage) -> None:
    """A backfill is killed with creates and notes under way, some of them done and unanswered."""
    stage.servicenow.set_options(latency=0.02)
    stage.servicenow.faults.add("lost_answer", method="POST", table="incident", nth=15, count=3)
    process = stage.start("backfill", "--quiet")
    eventually(lambda: stage.servicenow.calls["POST", "table.create"] >= ISSUES // 2)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    stage.run("pause")


def people(stage: Stage) -> SimpleNamespace:
    """What people do in both systems before anybody notices the loss."""
    done, act = SimpleNamespace(), stage.jira.act
    incidents = stage.incidents()
    linked = [issue for issue in stage.jira.site.world.issues.values() if str(issue.id) in incidents]
    commented = [i for i in linked if public(i) and {m.comment_id for m in noted(stage, incidents, i)} == public(i)]
    done.edited, done.deleted, done.restricted = [(i, min(public(i), key=int)) for i in commented[:3]]
    act.edit_comment(done.edited[1], "said better")
    act.delete_comment(done.deleted[1])
    act.restrict_comment(done.restricted[1], role="Administrators")
    for issue, _ in (done.edited, done.deleted):
        act.comment(issue.key, SECRET, role="Administrators")
        act.comment(issue.key, SECRET, internal=True)
    done.closed, done.removed, done.given, done.copied = [i for i in linked if i not in commented[:3]][:4]
    record = {name: incidents[str(getattr(done, name).id)] for name in ("closed", "removed", "given", "copied")}
    sandbox = stage.servicenow
    sandbox.edit(
        "incident", record["closed"]["sys_id"], {"state": "7", "close_code": "Solution provided", "close_notes": "over"}
    )
    sandbox.remove("incident", record["removed"]["sys_id"])
    sandbox.edit("incident", record["given"]["sys_id"], {"correlation_id": "ticket:4711"})
    copy = {"short_description": "A copy", "correlation_id": record["copied"]["correlation_id"]}
    done.copy = sandbox.create("incident", copy)["sys_id"]
    done.untouched = {
        one: whole(stage, one) for one in (record["closed"]["sys_id"], record["given"]["sys_id"], done.copy)
    }
    for issue in (done.closed, done.given, done.copied):
        act.edit(issue.key, {"summary": f"{issue.key} goes on"})
    return done


def whole(stage: Stage, sys_id: str) -> tuple[dict[str, str], list[str]]:
    return dict(stage.servicenow.row("incident", sys_id)), [e["value"] for e in stage.servicenow.journal(sys_id)]


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
@pytest.mark.parametrize("found_again", ["rebuilt", pytest.param("by the way", marks=pytest.mark.long)])
def test_the_database_is_lost_in_the_middle_of_everything(tmp_path, flavour, database, found_again):
    with staged(tmp_path, generate_issues(ISSUES, seed=6), flavour, settings={"database": database}) as stage:
        in_the_middle(stage)
        replica = nullcontext() if database.startswith("sqlite") else stage.daemon()
        with replica:
            done = people(stage)
            lose(stage, database)
            if found_again == "rebuilt":
                rebuilt = json.loads(stage.run("links", "rebuild", "--json", code=1))["ops-incidents"]
                assert [problem for problem in rebuilt["problems"] if "has two records" in problem]
            eventually(lambda: backfilled(stage))
        stage.run("backfill", "--quiet", code=None)
        check(stage, done)
        writes = stage.writes()
        stage.run("sync", code=None)
        assert stage.writes() == writes


def backfilled(stage: Stage) -> bool:
    stage.run("backfill", "--quiet", code=None)
    (mapping,) = json.loads(stage.run("status", "--json", code=None))["mappings"]
    return mapping["waiting"] == 0


def check(stage: Stage, done: SimpleNamespace) -> None:
    rows = stage.servicenow.rows("incident")
    ours = [row for row in rows if row["correlation_id"].startswith("jira:") and row["sys_id"] != done.copy]
    of = {row["correlation_id"].split(":")[-2]: row for row in ours}
    issues = {str(issue.id): issue for issue in stage.jira.site.world.issues.values()}
    assert len(of) == len(ours), "no issue has two records"
    assert set(of) == set(issues) - {str(done.given.id)}, "none is lost, and what was given away is not made again"
    assert {one: whole(stage, one) for one in done.untouched} == done.untouched
    for id, row in of.items():
        if id == str(done.closed.id):
            continue
        assert row["short_description"] == " ".join(issues[id].fields["summary"].split())[:160]
        marks = stage.marks(row["sys_id"])
        assert len(marks) == len(set(marks)) == len({(m.comment_id, m.version) for m in marks}), "no note twice"
        assert not [mark for mark in marks if mark.comment_id == OF_ISSUE]
        assert public(issues[id]) <= {mark.comment_id for mark in marks}, "no comment is lost"
    for (issue, comment), gone in ((done.edited, False), (done.deleted, True), (done.restricted, True)):
        versions = [mark for mark in noted(stage, of, issue) if mark.comment_id == comment]
        assert [mark.digest == "" for mark in versions] == [False, gone]
    assert SECRET not in json.dumps([whole(stage, row["sys_id"]) for row in rows])


def noted(stage: Stage, incidents: dict[str, dict[str, str]], issue: Issue) -> list[Mark]:
    return stage.marks(incidents[str(issue.id)]["sys_id"])


def public(issue: Issue) -> set[str]:
    """The comments that everybody may read."""
    return {str(comment.id) for comment in issue.comments if not comment.visibility and not comment.internal}
