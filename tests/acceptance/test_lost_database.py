"""The database is lost in the middle of a run. `syncd links rebuild` restores it; nothing comes twice."""

from __future__ import annotations

import json
import os
import signal

import pytest

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import Stage, eventually, staged


def lose_in_the_middle(stage: Stage) -> int:
    """Kill a backfill that has done a part, and delete its database. Returns how many incidents there are."""
    process = stage.start("backfill", "--quiet")
    eventually(lambda: stage.servicenow.calls["POST", "table.create"] >= 20)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    for file in stage.folder.glob("syncd.db*"):
        file.unlink()
    return len(stage.incidents())


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_rebuilt_and_gone_on_with(tmp_path, flavour):
    with staged(tmp_path, generate_issues(60, seed=6), flavour) as stage:
        stage.servicenow.set_options(latency=0.02)
        before = lose_in_the_middle(stage)
        (rebuilt,) = json.loads(stage.run("links", "rebuild", "--json")).values()
        assert (rebuilt["records"], rebuilt["new"], rebuilt["problems"]) == (before, before, [])
        stage.run("backfill", "--quiet")
        stage.assert_mirrored()
        assert stage.servicenow.calls["POST", "table.create"] == 60
        writes = stage.writes()
        stage.run("backfill", "--quiet")
        assert stage.writes() == writes


def test_even_without_a_rebuild_nothing_comes_twice(tmp_path):
    with staged(tmp_path, generate_issues(60, seed=7)) as stage:
        stage.servicenow.set_options(latency=0.02)
        lose_in_the_middle(stage)
        stage.run("backfill", "--quiet")
        stage.assert_mirrored()


def test_links_are_carried_from_one_database_to_another(tmp_path):
    with staged(tmp_path, generate_issues(30, seed=8)) as stage:
        stage.run("backfill", "--quiet")
        exported = tmp_path / "links.jsonl"
        exported.write_text(stage.run("links", "export"), encoding="utf-8")
        for file in tmp_path.glob("syncd.db*"):
            file.unlink()
        assert "30 links taken in" in stage.run("links", "import", str(exported))
        assert "0 links taken in, 30 known already" in stage.run("links", "import", str(exported))
        writes = stage.writes()
        stage.run("backfill", "--quiet")
        assert stage.writes() == writes
        stage.assert_mirrored()


def test_an_import_says_all_that_is_wrong_and_takes_in_nothing(tmp_path):
    with staged(tmp_path, []) as stage:
        file = tmp_path / "links.jsonl"
        file.write_text('{"format": "syncd-links-1"}\nnonsense\n{"mapping": "ops"}\n', encoding="utf-8")
        process = stage.start("links", "import", str(file))
        _, said = process.communicate(timeout=60)
        assert process.returncode == 2
        assert f"{file}:2" in said
        assert f"{file}:3" in said
        assert json.loads(stage.run("links", "list", "--json")) == []


def test_an_import_ties_no_issue_to_the_record_of_another(tmp_path):
    with staged(tmp_path, generate_issues(3, seed=8)) as stage:
        stage.run("backfill", "--quiet")
        first, *lines = stage.run("links", "export").splitlines()
        ties = [json.loads(line) for line in lines]
        ties[0]["record_id"], ties[1]["record_id"], ties[2]["site"] = ties[1]["record_id"], "f" * 32, "elsewhere"
        file = tmp_path / "links.jsonl"
        file.write_text("\n".join([first, *map(json.dumps, ties)]), encoding="utf-8")
        for database in tmp_path.glob("syncd.db*"):
            database.unlink()
        process = stage.start("links", "import", str(file))
        _, said = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "belongs to something else" in said
        assert "has no record" in said
        assert "is of the Jira at elsewhere" in said
        assert json.loads(stage.run("links", "list", "--json")) == []


def test_an_issue_is_detached_and_adopted_by_an_operator(tmp_path):
    with staged(tmp_path, generate_issues(3, seed=9)) as stage:
        stage.run("backfill", "--quiet")
        one = json.loads(stage.run("links", "list", "--json"))[0]
        assert "detached" in stage.run("links", "detach", one["issue_key"])
        stage.jira.act.edit(one["issue_id"], {"summary": "Nobody looks"})
        stage.run("sync")
        assert stage.incidents()[one["issue_id"]]["short_description"] != "Nobody looks"
        assert json.loads(stage.run("links", "show", one["record_number"], "--json"))[0]["detached"] is True
        stage.run("links", "adopt", one["issue_key"], one["record_number"])
        stage.run("sync")
        assert stage.incidents()[one["issue_id"]]["short_description"] == "Nobody looks"
        stage.assert_mirrored()
