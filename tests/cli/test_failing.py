"""Commands that cannot answer: what a program reads, what a person reads, and never a traceback."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from syncd.cli.main import app, main
from syncd.core.access import Actor, Role
from syncd.errors import UserError
from syncd.store.schema import REVISION
from tests.cli.test_access_commands import run


def told(monkeypatch, capsys, *words):
    """(exit code, stdout, stderr) of `syncd`, as its process would end."""
    monkeypatch.setattr(sys, "argv", ["syncd", *words])
    with pytest.raises(SystemExit) as end:
        main()
    captured = capsys.readouterr()
    return end.value.code, captured.out, captured.err


READING = [
    "check", "plan", "status", "why OPS-1", "parked list", "links list", "links show OPS-1", "tokens list",
    "trail list", "trail verify", "db check",
]  # fmt: skip


@pytest.mark.parametrize("command", READING)
def test_json_is_asked_for_and_the_settings_are_wrong(monkeypatch, capsys, tmp_path, command):
    (tmp_path / "syncd.yaml").write_text("colour: red\nworkers: x\n")
    code, out, err = told(monkeypatch, capsys, *command.split(), "--json", "--config", str(tmp_path / "syncd.yaml"))
    answer = json.loads(out)
    assert (code, answer["exit_code"]) == (2, 2)
    assert len(answer["problems"]) == 2
    assert "colour: there is no such setting" in err


def test_without_json_nothing_is_on_stdout(monkeypatch, capsys, tmp_path):
    (tmp_path / "syncd.yaml").write_text("colour: red\n")
    assert told(monkeypatch, capsys, "status", "--config", str(tmp_path / "syncd.yaml"))[1] == ""


def test_a_file_that_may_not_be_written_is_named(monkeypatch, capsys, tmp_path):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(tmp_path / "syncd.db.lock"))

    monkeypatch.setattr(sys.modules["syncd.cli.main"], "app", refuse)
    code, _, err = told(monkeypatch, capsys, "sync")
    assert code == 1
    assert "syncd.db.lock: Permission denied; look at who owns it" in err.replace("\n", "")


@pytest.mark.parametrize(
    "words", [["parked", "list"], ["parked", "retry", "--all"], ["parked", "drop", "--all"], ["links", "list"],
              ["links", "export"], ["links", "detach", "OPS-1"]],
)  # fmt: skip
def test_a_mistyped_mapping_is_not_answered_with_nothing(config, store, words):
    with pytest.raises(UserError, match="there is no mapping 'osp'; there are: ops"):
        run_raising(config, *words, "--mapping", "osp")
    assert store.audit.newest() == []


def test_one_that_was_there_once_may_still_be_asked_for(config, store):
    run(config, "db", "upgrade")
    store.cursors.pause("retired", False)
    assert "nothing is parked" in run(config, "parked", "list", "--mapping", "retired").stderr


def run_raising(config, *words):
    result = CliRunner().invoke(app, [*words, "--config", str(config)])
    assert result.exception is not None, result.output
    raise result.exception


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("seed.jsonl", None, "cannot be read: No such file"),
        ("seed.jsonl", b"no json\n", "it holds one Jira issue a line"),
        ("seed.jsonl", b"\xff\n", "it holds one Jira issue a line"),
        ("seed.jsonl", b"[1]\n", "there is a line without `fields`"),
        ("seed.gz", b"not gzipped", "cannot be read"),
    ],
)
@pytest.mark.parametrize("command", ["sandbox jira --port 0", "demo --port 0"])
def test_a_seed_that_holds_no_issues(monkeypatch, capsys, tmp_path, command, name, content, reason):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    code, _, err = told(monkeypatch, capsys, *command.split(), "--seed", str(tmp_path / name))
    assert code == 2
    assert reason in err


@pytest.mark.parametrize("command", ["sandbox jira", "sandbox servicenow", "demo"])
def test_a_port_that_there_is_not(monkeypatch, capsys, command):
    assert told(monkeypatch, capsys, *command.split(), "--port", "65536")[0] == 2


def test_a_token_for_a_million_years_is_refused_and_one_that_was_made_is_listed(config, store):
    run(config, "tokens", "create", "--days", "99999999", code=2)
    run(config, "db", "upgrade")
    store.access.create_token("old", Role.VIEWER, Actor("somebody", "shell"), 8.64e15)
    assert "in ages" in run(config, "tokens", "list").stdout


def test_tables_are_as_wide_as_what_they_hold(config, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    label = "the Prometheus of the machine room in the cellar"
    run(config, "tokens", "create", "--label", label)
    assert label in run(config, "tokens", "list").stdout


def test_what_looks_like_the_name_of_an_emoji_is_somebodys_text(monkeypatch, capsys, config):
    _, _, err = told(monkeypatch, capsys, "trail", "verify", "--head", "5:bug:", "--config", str(config))
    assert "--head 5:bug:" in err


def test_a_folder_of_mappings_that_may_not_be_listed(monkeypatch, capsys, config):
    def refuse(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "iterdir", refuse)
    code, _, err = told(monkeypatch, capsys, "status", "--config", str(config))
    assert code == 2
    assert "of the mappings cannot be read: Permission denied" in err.replace("\n", "")


def test_a_schema_that_does_not_fit_is_said_in_json_too(monkeypatch, capsys, config, store):
    run(config, "db", "upgrade")
    assert json.loads(run(config, "db", "check", "--json").stdout)["schema"] == REVISION
    with store.database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for words in (["db", "check"], ["status"], ["parked", "list"], ["links", "show", "OPS-1"]):
        code, out, _ = told(monkeypatch, capsys, *words, "--json", "--config", str(config))
        answer = json.loads(out)
        assert (code, answer["exit_code"]) == (3, 3), words
        assert "which a newer syncd made" in answer["error"]
