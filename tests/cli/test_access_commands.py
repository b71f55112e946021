"""`syncd tokens`, `trail`, `pause`, `resume`, `schema`: what they print, and what they leave in the trail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import update
from typer.testing import CliRunner

from syncd.cli.main import app
from syncd.errors import UserError
from syncd.store.tables import audit


def run(config: Path, *words: str, code: int = 0):
    result = CliRunner().invoke(app, [*words, "--config", str(config)])
    assert result.exit_code == code, (result.output, result.exception)
    return result


class TestTokens:
    def test_the_token_alone_is_on_stdout_and_works(self, config, store):
        result = run(config, "tokens", "create", "--role", "admin", "--label", "Ann")
        text = result.stdout.strip()
        assert text.startswith("syncd_")
        assert text not in result.stderr
        assert store.access.identify(text).label == "Ann"

    def test_without_a_word_it_may_only_look(self, config, store):
        document = json.loads(run(config, "tokens", "create", "--json").stdout)
        assert document["role"] == "viewer"
        assert store.access.identify(document["token"]) is not None

    def test_they_are_listed_and_revoked(self, config, store):
        text = run(config, "tokens", "create", "--label", "Ann", "--days", "1").stdout.strip()
        assert "Ann" in run(config, "tokens", "list").stdout
        assert text not in run(config, "tokens", "list", "--json").stdout
        run(config, "tokens", "revoke", "1")
        assert store.access.identify(text) is None
        assert "revoked" in run(config, "tokens", "list").stdout

    def test_there_is_none_to_revoke(self, config):
        result = CliRunner().invoke(app, ["tokens", "revoke", "7", "--config", str(config)])
        assert isinstance(result.exception, UserError)
        assert "no token 7" in str(result.exception)


class TestTheTrail:
    def test_it_says_who_did_what_and_is_whole(self, config):
        run(config, "tokens", "create", "--label", "Ann")
        assert "token.create  Ann (token 1)" in run(config, "trail", "list").stdout
        said = run(config, "trail", "verify").stdout
        assert said.startswith("1 rows, whole; head 1:")
        head = said.split()[-1]
        run(config, "trail", "verify", "--head", head)
        result = run(config, "trail", "verify", "--head", f"1:{'0' * 64}", code=1)
        assert "not the one that was noted" in result.stderr

    @pytest.mark.parametrize("head", ["1", "1:", "\u00b2:0", ":", "x:y", f"1:{'0' * 63}", f"{'9' * 5000}:{'0' * 64}"])
    def test_a_head_that_is_none_is_said_to_be(self, config, head):
        result = CliRunner().invoke(app, ["trail", "verify", "--head", head, "--config", str(config)])
        assert isinstance(result.exception, UserError)
        assert "give NUMBER:HASH" in str(result.exception)

    def test_a_changed_row_is_an_exit_code(self, config, store):
        run(config, "tokens", "create")
        with store.database.write() as connection:
            connection.execute(update(audit).values(actor="nobody"))
        assert "row 1 was changed" in run(config, "trail", "verify", code=1).stderr
        assert json.loads(run(config, "trail", "verify", "--json", code=1).stdout)["problems"] == ["row 1 was changed"]


class TestPausing:
    def test_all_or_one_before_anything_ever_ran(self, config, store):
        run(config, "pause")
        assert store.cursors.paused("ops")
        run(config, "resume", "--mapping", "ops")
        assert not store.cursors.paused("ops")
        assert [trace.action for trace in store.audit.newest()] == ["mapping.resume", "mapping.pause"]

    def test_one_that_there_is_not(self, config):
        result = CliRunner().invoke(app, ["pause", "-m", "other", "--config", str(config)])
        assert isinstance(result.exception, UserError)
        assert "there are: ops" in str(result.exception)


@pytest.mark.parametrize(("what", "key"), [("settings", "connections"), ("mapping", "source")])
def test_schemas_are_for_editors(what, key):
    result = CliRunner().invoke(app, ["schema", what])
    assert result.exit_code == 0
    assert key in json.loads(result.stdout)["properties"]
