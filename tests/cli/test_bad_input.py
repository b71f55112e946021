"""Whatever is wrong gets one clear message (what, where, what to do) and the right exit code; nothing is half done."""

from __future__ import annotations

import socket

import pytest
import yaml

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import staged


@pytest.fixture
def stage(tmp_path):
    with staged(tmp_path, generate_issues(3, seed=1)) as stage:
        yield stage


def edit(stage, **changes):
    """Change the settings file; keys may name nested ones with dots, None removes them."""
    settings = yaml.safe_load(stage.config.read_text())
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = settings
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is None:
            place.pop(last, None)
        else:
            place[last] = value
    stage.config.write_text(yaml.safe_dump(settings))


def complaint(stage, *words, code):
    """What the command says on stderr when it fails as it should: no traceback, and nothing written anywhere."""
    process = stage.start(*words)
    out, err = process.communicate(timeout=120)
    assert process.returncode == code, f"exit code {process.returncode}\n{out}\n{err}"
    assert "Traceback" not in err
    assert stage.writes() == 0
    return err


def mapping(stage):
    return next((stage.folder / "mappings").iterdir())


# -- settings and mappings, offline ------------------------------------------------------------------------------------


def test_all_problems_of_the_settings_are_listed_at_once(stage):
    edit(
        stage, poll_interval="fast", workres=3, connections__jira__url="http://jira.example.com",
        connections__servicenow__auth__password=None,
    )  # fmt: skip
    err = complaint(stage, "check", code=2)
    for part in (
        "poll_interval: a duration is",
        "workres: there is no such setting",
        "connections.jira.url: plain http://",
        "connections.servicenow.auth.password: is missing",
    ):
        assert part in err


def test_a_settings_file_that_is_not_there(stage):
    stage.config.unlink()
    assert "cannot be read: No such file" in complaint(stage, "check", code=2)


def test_a_settings_file_that_is_not_yaml(stage):
    stage.config.write_text("connections: {jira: [}")
    assert "syncd.yaml:1: this is not YAML" in complaint(stage, "check", code=2)


def test_no_connections_at_all(stage):
    stage.config.write_text("database: sqlite:///syncd.db\n")
    assert "no connections are configured" in complaint(stage, "run", code=2)


def test_a_typo_in_a_mapping_is_named_with_file_line_and_path(stage):
    file = mapping(stage)
    text = file.read_text().replace("short_description:", "short_description: &x\n    form: y\n    z: 1\n  more:", 1)
    file.write_text(text.replace("&x\n", "\n", 1))
    err = complaint(stage, "check", code=2)
    assert f"{file.name}:" in err
    assert "form" in err


def test_a_mapping_that_names_a_connection_that_is_not_there(stage):
    mapping(stage).write_text(mapping(stage).read_text().replace("connection: jira", "connection: jria"))
    assert "there is no connection 'jria'; there are: jira, servicenow" in complaint(stage, "check", code=2)


def test_no_mappings_folder(stage):
    edit(stage, mappings="nowhere")
    assert "nowhere" in complaint(stage, "check", code=2)


@pytest.mark.parametrize(
    "words", [["nonsense"], ["sync", "--nonsense"], ["sync", "--mapping", "nope"], ["parked", "retry"]]
)
def test_wrong_usage_is_exit_code_2(stage, words):
    complaint(stage, *words, code=2)


# -- the database ------------------------------------------------------------------------------------------------------


def test_a_database_file_that_is_not_one(stage):
    (stage.folder / "shopping.txt").write_text("milk\n" * 200)
    edit(stage, database=f"sqlite:///{stage.folder / 'shopping.txt'}")
    assert "not a database" in complaint(stage, "sync", code=1)
    assert (stage.folder / "shopping.txt").read_text() == "milk\n" * 200


def test_a_database_in_a_folder_that_is_not_there(stage):
    edit(stage, database="sqlite:////nowhere/at/all/syncd.db")
    assert "the folder /nowhere/at/all does not exist" in complaint(stage, "sync", code=2)


def test_a_second_worker_on_one_sqlite_file_is_refused(stage):
    with stage.daemon():
        process = stage.start("sync")
        _, err = process.communicate(timeout=60)
        assert process.returncode == 3
        assert "another syncd is working on" in err
        assert stage.run("status", code=None)


# -- ServiceNow --------------------------------------------------------------------------------------------------------


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_servicenow_cannot_be_reached(stage):
    edit(stage, connections__servicenow__url=f"http://127.0.0.1:{free_port()}")
    err = complaint(stage, "plan", code=1)
    assert "servicenow: cannot be reached at http://127.0.0.1:" in err


def test_servicenow_hibernates(stage):
    stage.servicenow.faults.add("hibernating", count=1000)
    err = complaint(stage, "plan", code=1)
    assert "hibernat" in err.lower()


def test_servicenow_refuses_the_password(stage):
    edit(stage, connections__servicenow__auth__password="wrong")
    err = complaint(stage, "plan", code=1)
    assert "servicenow" in err
    assert "401" in err
    assert "wrong" not in err


def test_an_unknown_table(stage):
    mapping(stage).write_text(mapping(stage).read_text().replace("table: incident", "table: incidnet"))
    assert "incidnet" in complaint(stage, "plan", code=1)


def test_an_unknown_column(stage):
    mapping(stage).write_text(mapping(stage).read_text().replace("short_description:", "short_descripton:", 1))
    assert "short_descripton" in complaint(stage, "plan", code=1)


# -- Jira --------------------------------------------------------------------------------------------------------------


def test_jira_cannot_be_reached(stage):
    edit(stage, connections__jira__url=f"http://127.0.0.1:{free_port()}")
    assert "jira: cannot be reached at http://127.0.0.1:" in complaint(stage, "sync", code=1)


def test_jira_refuses_the_token(stage):
    edit(stage, connections__jira__auth__password="wrong-token")
    err = complaint(stage, "sync", code=1)
    assert "jira" in err
    assert "token" in err
    assert "wrong-token" not in err


def test_a_project_that_does_not_exist(stage):
    file = mapping(stage)
    lines = [
        '  jql: "project = NOPE"' if line.strip().startswith("jql:") else line for line in file.read_text().splitlines()
    ]
    file.write_text("\n".join(lines))
    err = complaint(stage, "sync", code=1)
    assert "NOPE" in err


@pytest.mark.parametrize("fault", ["html", "truncated"])
def test_jira_answers_nonsense(stage, fault):
    stage.jira.faults.add(fault, count=None)
    err = complaint(stage, "sync", code=1)
    assert "jira" in err
