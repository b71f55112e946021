"""Back up and restore as docs/operations.md tells: what was written after the backup is not written a second time."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import staged


def test_an_old_backup_is_restored(tmp_path):
    with staged(tmp_path, generate_issues(4, seed=2)) as stage:
        stage.run("sync")
        live, copy = tmp_path / "syncd.db", tmp_path / "copy.db"
        with closing(sqlite3.connect(live)) as database, closing(sqlite3.connect(copy)) as backup:
            database.backup(backup)
        issue = next(iter(stage.jira.site.world.issues.values()))
        stage.jira.act.comment(issue.key, "Said after the backup")
        stage.jira.act.edit(issue.key, {"summary": "Changed after the backup"})
        stage.run("sync")
        before = stage.marks(stage.incidents()[str(issue.id)]["sys_id"])

        for file in tmp_path.glob("syncd.db*"):
            file.unlink()
        copy.rename(live)
        stage.run("links", "rebuild")
        stage.run("sync")

        incident = stage.incidents()[str(issue.id)]
        assert stage.marks(incident["sys_id"]) == before, "no note came twice"
        assert incident["short_description"] == "Changed after the backup"
