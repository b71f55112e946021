"""`syncd secrets`: keys are made, and what they sealed is sealed anew."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

from syncd.sandbox.jira import generate_issues
from syncd.store import Database
from syncd.store.secrets import Keyring, Secrets
from tests.acceptance.stage import staged

OAUTH = {"type": "oauth2_client_credentials", "client_id": "syncd-client", "client_secret": "syncd-secret"}


@pytest.fixture
def stage(tmp_path):
    with staged(tmp_path, generate_issues(3, seed=1)) as stage:
        yield stage


def configure(stage, **settings):
    document = yaml.safe_load(stage.config.read_text())
    document["connections"]["servicenow"]["auth"] = OAUTH
    stage.config.write_text(yaml.safe_dump({**document, **settings}))


def keygen():
    command = [sys.executable, "-m", "syncd", "secrets", "keygen"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def complaint(stage, *words, code):
    process = stage.start(*words)
    _, err = process.communicate(timeout=120)
    assert process.returncode == code, err
    return err


def test_keys_are_rotated_without_losing_a_token(stage):
    old, new = (keygen() for _ in range(2))
    configure(stage, secret_key=old)
    stage.run("sync")
    configure(stage, secret_key=f"{new},{old}")
    assert stage.run("secrets", "rotate") == "1 secret encrypted with the first key\n"
    configure(stage, secret_key=new)
    stage.run("sync")
    assert stage.servicenow.calls.count(route="oauth.token") == 1
    database = Database(f"sqlite:///{stage.folder / 'syncd.db'}")
    Secrets(database, Keyring([new])).check()
    database.close()


def test_a_lost_key_is_told_with_the_way_out(stage):
    configure(stage, secret_key=keygen())
    stage.run("sync")
    configure(stage, secret_key=keygen())
    assert "--drop-unreadable" in complaint(stage, "sync", code=2)
    stage.run("secrets", "rotate", "--drop-unreadable")
    stage.run("sync")


def test_without_a_key_each_process_fetches_its_own_token(stage):
    configure(stage)
    stage.run("sync")
    stage.run("sync", "--issue", "OPS-1")
    assert stage.servicenow.calls.count(route="oauth.token") == 2
    assert "syncd secrets keygen" in complaint(stage, "secrets", "rotate", code=2)
