"""The same program on Postgres: a backfill, and two daemons that share one database without colliding."""

from __future__ import annotations

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import eventually, staged


def test_backfill_on_postgres(tmp_path, fresh_postgres):
    with staged(tmp_path, generate_issues(40, seed=5), settings={"database": fresh_postgres}) as stage:
        stage.run("backfill")
        assert len(stage.incidents()) == 40
        stage.servicenow.calls.clear()
        stage.run("backfill")
        assert stage.servicenow.calls.total == 0


def test_two_daemons_share_the_work(tmp_path, fresh_postgres):
    with staged(tmp_path, generate_issues(120, seed=6), settings={"database": fresh_postgres}) as stage:
        stage.run("db", "upgrade")
        stage.servicenow.set_options(latency=0.02)
        with stage.daemon(), stage.daemon():
            eventually(lambda: len(stage.incidents()) == 120)
            for issue in list(stage.jira.site.world.issues.values())[:20]:
                stage.jira.act.edit(issue.key, {"summary": f"Edited {issue.key}"})
            eventually(
                lambda: sum(i["short_description"].startswith("Edited") for i in stage.incidents().values()) == 20
            )
        stage.run("sync")
        assert stage.servicenow.calls["POST", "table.create"] == 120
        for incident in stage.incidents().values():
            marks = stage.marks(incident["sys_id"])
            assert len(marks) == len(set(marks)), "no note twice"
