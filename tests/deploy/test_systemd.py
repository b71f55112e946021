"""The unit: accepted by systemd without a word, and as closed as a service that needs the network can be."""

from __future__ import annotations

import re
import shutil

import pytest

from syncd.daemon.daemon import STOP_SECONDS
from tests.deploy.files import DEPLOY, run, tool

UNIT = DEPLOY / "systemd" / "syncd.service"
WORST_EXPOSURE = 2.0


def settings() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, value = line.split("=", 1)
            found.setdefault(key, []).append(value)
    return found


def test_systemd_has_nothing_to_say(tmp_path):
    analyze = tool("systemd-analyze")
    # Verification looks for the program, which is not installed here; any other stands in for it.
    stand_in = UNIT.read_text(encoding="utf-8").replace("/opt/syncd/bin/syncd", str(shutil.which("true")))
    unit = tmp_path / UNIT.name
    unit.write_text(stand_in, encoding="utf-8")
    code, said = run(analyze, "verify", "--man=no", unit)
    if "Failed to initialize manager" in said:
        pytest.skip(f"systemd-analyze cannot work here: {said.strip()}")
    assert (code, said) == (0, "")


def test_its_exposure_is_small():
    code, said = run(tool("systemd-analyze"), "security", "--offline=true", "--no-pager", UNIT)
    exposure = re.search(r"Overall exposure level for syncd.service: ([\d.]+)", said)
    if exposure is None:
        pytest.skip(f"systemd-analyze cannot judge a file here: {said.strip()[:200]}")
    assert code == 0
    assert float(exposure[1]) <= WORST_EXPOSURE, said


def test_systemd_waits_longer_than_a_stop_takes():
    (patience,) = settings()["TimeoutStopSec"]
    assert float(patience.removesuffix("s")) > STOP_SECONDS


def test_what_does_not_get_better_by_itself_is_not_tried_again():
    from syncd.errors import RefusedError, UserError

    assert settings()["RestartPreventExitStatus"] == [f"{UserError.exit_code} {RefusedError.exit_code}"]


def test_secrets_come_as_credentials_named_like_settings(tmp_path, monkeypatch):
    """systemd names the files of a folder after the credential, an underscore between: SYNCD_<file>."""
    (credential,) = settings()["LoadCredential"]
    name, folder = credential.split(":")
    assert folder == "/etc/syncd/credentials"
    assert "SYNCD_SECRETS_DIR=%d" in settings()["Environment"]
    (tmp_path / f"{name}_connections__jira__auth__password").write_text("from-systemd")
    (tmp_path / "syncd.yaml").write_text(
        "connections: {jira: {type: jira, url: 'https://j.example', auth: {type: basic, username: bot}}}"
    )
    monkeypatch.setenv("SYNCD_SECRETS_DIR", str(tmp_path))
    from syncd.settings import load_settings

    loaded = load_settings(tmp_path / "syncd.yaml")
    assert loaded.connections["jira"].auth.password.get_secret_value() == "from-systemd"  # type: ignore[union-attr]
