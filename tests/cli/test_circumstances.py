"""`syncd why`: each reason why an issue was not synced is named, with the way out; both with one issue as the case."""

from __future__ import annotations

import json

import pytest

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import staged


@pytest.fixture
def stage(tmp_path):
    with staged(tmp_path, generate_issues(2, seed=2)) as stage:
        yield stage


def mapping(stage):
    return next((stage.folder / "mappings").iterdir())


def edit(stage, old, new):
    text = mapping(stage).read_text()
    assert old in text
    mapping(stage).write_text(text.replace(old, new, 1))


def said(stage, *words, code):
    """(stdout, stderr) of a command that ends with this exit code."""
    process = stage.start(*words)
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, (out, err)
    assert "Traceback" not in err
    return out, err


def standing(stage):
    (one,) = json.loads(said(stage, "why", "OPS-1", "--json", code=0)[0])
    return one["standing"], one["trouble"]


def test_the_policy_writes_nothing_and_is_not_called_done(stage):
    edit(stage, "policy: full", "policy: observe")
    stage.run("sync")
    assert standing(stage)[0] == [
        "policy observe: nothing is written; `syncd plan --issue OPS-1` shows what it would be"
    ]


def test_the_policy_leaves_the_record_to_its_people(stage):
    edit(stage, "policy: full", "policy: create_only")
    stage.run("sync")
    assert standing(stage)[0][-1].startswith("policy create_only: the record was created")


def test_a_pause_holds_for_every_command_that_works_and_is_named_wherever_somebody_looks(stage):
    stage.run("sync")
    before = stage.writes()
    stage.jira.act.edit("OPS-1", {"summary": "While it is paused"})
    stage.run("pause")
    for words in (["sync"], ["sync", "--issue", "OPS-1"], ["backfill"], ["census"]):
        assert "`syncd resume --mapping ops-incidents`" in said(stage, *words, code=3)[1]
    assert stage.writes() == before
    assert "`syncd resume --mapping ops-incidents`" in standing(stage)[1][0]
    assert "it is paused" in said(stage, "status", code=0)[1]
    stage.run("resume")
    stage.run("sync")
    assert stage.incidents()["10001"]["short_description"] == "While it is paused"


def test_refused_credentials_are_the_trouble_of_the_whole_mapping(stage):
    stage.run("sync")
    stage.jira.act.edit("OPS-1", {"summary": "Not to be written"})
    stage.jira.revoke()
    _, complaint = said(stage, "sync", code=1)
    assert "credentials" in complaint
    (trouble,) = standing(stage)[1]
    assert "Correct the credentials" in trouble
    assert trouble in said(stage, "status", code=1)[1]


def test_an_issue_that_is_missing_from_its_query_is_not_called_done(stage):
    stage.run("sync")
    stage.jira.act.delete("OPS-1")
    stage.run("census")
    (sentence,) = standing(stage)[0]
    assert sentence.startswith("missing from its query for")


def test_a_detached_one_says_how_it_is_tied_again(stage):
    stage.run("sync")
    stage.run("links", "detach", "OPS-1")
    way_out = standing(stage)[0][-1]
    command = way_out.split("`")[1].split()
    assert command[:3] == ["syncd", "links", "adopt"]
    stage.run(*command[1:])
    stage.jira.act.edit("OPS-1", {"summary": "Tied again"})
    stage.run("sync")
    assert stage.incidents()["10001"]["short_description"] == "Tied again"


def test_a_parked_one_says_how_it_is_tried_again(stage):
    text = mapping(stage).read_text()
    known = text[text.index("map: {Highest") : text.index("  urgency:")]
    edit(stage, known, "map: {Unheard of: 1}\n")
    said(stage, "sync", code=1)
    sentences, _ = standing(stage)
    assert "add it to the map, or a default" in sentences[1]
    assert sentences[-1].startswith("mend the cause, then `syncd parked retry OPS-1`")


def test_one_that_no_mapping_takes_is_told_with_every_query_and_every_trouble(stage):
    edit(stage, "jql: project is not EMPTY", 'jql: "key != OPS-1"')
    stage.run("pause")
    out, err = said(stage, "why", "OPS-1", "--json", code=2)
    assert "ops-incidents: takes key != OPS-1" in err
    answer = json.loads(out)
    assert answer["exit_code"] == 2
    assert answer["problems"][0] == "ops-incidents: takes key != OPS-1"
    assert "it is paused" in answer["problems"][1]


def test_asking_jira_for_an_issue_that_no_query_has_says_so(stage):
    edit(stage, "jql: project is not EMPTY", 'jql: "key != OPS-1"')
    out, err = said(stage, "plan", "--issue", "OPS-1", "--json", code=1)
    assert json.loads(out) == []
    assert "ops-incidents: key != OPS-1" in err


def test_one_issue_of_one_of_two_mappings_is_no_failure(stage):
    text = mapping(stage).read_text()
    second = text.replace("name: ops-incidents", "name: second").replace("project is not EMPTY", "key = OPS-2")
    (stage.folder / "mappings" / "second.yaml").write_text(second)
    edit(stage, "project is not EMPTY", "key != OPS-2")
    _, err = said(stage, "sync", "--issue", "OPS-1", code=0)
    assert "OPS-1 is not an issue of mapping second" in err
    out, _ = said(stage, "sync", "--issue", "OPS-1", "--json", code=0)
    assert set(json.loads(out)) == {"ops-incidents"}
