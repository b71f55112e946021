"""Settings files, secret folders and variables as people get them wrong: each gets a sentence, none a traceback."""

from __future__ import annotations

import os

import pytest

from syncd.errors import UserError
from syncd.settings import load_settings

CONNECTION = "connections: {jira: {type: jira, url: 'https://x', auth: {type: bearer, token: t}}}\n"


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("SYNCD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refused(tmp_path, content: bytes) -> UserError:
    (tmp_path / "syncd.yaml").write_bytes(content)
    with pytest.raises(UserError) as refusal:
        load_settings()
    return refusal.value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"connections:\n\tjira: {}\n", "syncd.yaml:2: this is not YAML"),
        (b"connections:\n\tjira: {}\n", "indent with spaces, not with tabs"),
        (b"\xff\xfed\x00", "the settings file syncd.yaml is not UTF-8 text"),
        (b"poll_interval: 2026-13-45\n", "month must be in 1..12; put such a value into quotes"),
        (b"- database\n", "holds a list, not keys and values"),
        (b"database\n", "holds a text, not keys and values"),
    ],
)
def test_a_file_that_holds_no_settings(tmp_path, content, said):
    assert said in refused(tmp_path, content).summary


def test_a_key_that_stands_twice_is_named_with_both_lines_wherever_it_is(tmp_path):
    told = refused(
        tmp_path, b"workers: 1\nhttp:\n  port: 1\n  host: x\n  port: 2\nconnections: {}\nworkers: 2\nnonsense: 1\n"
    ).problems
    assert told == (
        "syncd.yaml:5: http.port stands twice, first in line 3; keep one",
        "syncd.yaml:7: workers stands twice, first in line 1; keep one",
        "nonsense: there is no such setting",
    )


def test_an_anchor_within_itself_ends(tmp_path):
    assert refused(tmp_path, b"http: &x\n  host: *x\n").problems


def test_windows_line_ends_and_a_byte_order_mark_are_read(tmp_path):
    (tmp_path / "syncd.yaml").write_bytes(b"\xef\xbb\xbfworkers: 3\r\nhttp:\r\n  port: 81\r\n")
    settings = load_settings()
    assert (settings.workers, settings.http.port) == (3, 81)


def test_an_empty_password_is_said_to_be_empty(tmp_path):
    (tmp_path / "empty").write_text("")
    text = CONNECTION.replace("token: t", f"token_file: {tmp_path / 'empty'}")
    assert refused(tmp_path, text.encode()).problems == ("connections.jira.auth.token: is empty",)


def test_a_wrong_value_names_the_variable_that_it_came_from(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNCD_HTTP__PORT", "x")
    monkeypatch.setenv("SYNCD_CONNECTIONS__JIRA__AUTH__PASWORD", "x")
    port, key = refused(tmp_path, CONNECTION.encode()).problems
    assert port.startswith("http.port (SYNCD_HTTP__PORT in the environment): ")
    assert "(SYNCD_CONNECTIONS__JIRA__AUTH__PASWORD in the environment): there is no such setting" in key


def test_a_variable_that_would_have_to_hold_many_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("SYNCD_HTTP", "8080")
    monkeypatch.setenv("SYNCD_CONNECTIONS", "jira")
    told = refused(tmp_path, CONNECTION.encode()).problems
    assert any("set its keys one by one" in problem for problem in told)


class TestTheFolderOfSecrets:
    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        folder = tmp_path / "secrets"
        folder.mkdir()
        monkeypatch.setenv("SYNCD_SECRETS_DIR", str(folder))
        return folder

    def test_a_file_that_is_not_text_is_named_beside_all_other_problems(self, folder, tmp_path):
        (folder / "connections__jira__auth__token").write_bytes(b"\xff\xfe")
        file, other = refused(tmp_path, CONNECTION.encode() + b"nonsense: 1\n").problems
        assert file == (
            f"SYNCD_SECRETS_DIR (environment): {folder / 'connections__jira__auth__token'} cannot be read: "
            "it is not UTF-8 text"
        )
        assert other == "nonsense: there is no such setting"

    def test_what_kubernetes_hides_beside_them_is_not_looked_at(self, folder, tmp_path):
        (folder / "..data").write_bytes(b"\xff\xfe")
        (folder / "connections__jira__auth__token").write_text("from the folder\n")
        (tmp_path / "syncd.yaml").write_text(CONNECTION)
        assert load_settings().connections["jira"].auth.token.get_secret_value() == "from the folder"

    @pytest.mark.parametrize("which", ["the folder", "a file"])
    def test_one_that_may_not_be_read(self, folder, tmp_path, which):
        file = folder / "connections__jira__auth__token"
        file.write_text("t")
        locked = folder if which == "the folder" else file
        (tmp_path / "syncd.yaml").write_text(CONNECTION)
        locked.chmod(0)
        try:
            if os.access(locked, os.R_OK):
                pytest.skip("whoever may read everything cannot see this")
            with pytest.raises(UserError) as refusal:
                load_settings()
        finally:
            locked.chmod(0o700)
        assert refusal.value.problems == (
            f"SYNCD_SECRETS_DIR (environment): {locked} cannot be read: Permission denied",
        )
