"""Credentials of Jira across processes as they really are: several at once, one killed in the wrong moment."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from datetime import datetime
from typing import Any

import yaml

from syncd.sandbox.jira import generate_issues
from syncd.sandbox.jira.refresh_tokens import RefreshTokens
from syncd.store.secrets import new_key
from tests.acceptance.stage import Stage, staged


def reconfigured(stage: Stage, **jira: Any) -> None:
    settings = yaml.safe_load(stage.config.read_text(encoding="utf-8"))
    settings["connections"]["jira"].update(jira)
    settings.setdefault("secret_key", new_key())
    stage.config.write_text(yaml.safe_dump(settings), encoding="utf-8")


def with_refresh_token(stage: Stage, token: str) -> None:
    url = yaml.safe_load(stage.config.read_text(encoding="utf-8"))["connections"]["jira"]["url"]
    auth = {
        "type": "oauth2_refresh_token",
        "client_id": "jira-client",
        "client_secret": "jira-client-secret",
        "refresh_token": token,
        "token_url": f"{url}/oauth/token",
    }
    reconfigured(stage, gateway=url, auth=auth)


def watch(stage: Stage, heard: Callable[[str], None]) -> None:
    """Be told of each refresh token that is spent, after it was spent and before anybody has an answer."""
    tokens = stage.jira.site.refresh_tokens

    def use(token: str, fresh: str, now: datetime) -> bool:
        good = RefreshTokens.use(tokens, token, fresh, now)
        heard(token)
        return good

    tokens.use = use  # type: ignore[method-assign]  # to see what is spent


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def test_a_rotating_refresh_token_survives_processes_side_by_side_and_a_kill(tmp_path):
    with staged(tmp_path, generate_issues(2, seed=1)) as stage:
        spent: list[str] = []
        watch(stage, spent.append)
        with_refresh_token(stage, "jira-refresh-token")
        stage.run("db", "upgrade")

        side_by_side = [stage.start("plan") for _ in range(3)]
        assert [finished(process)[0] for process in side_by_side] == [0, 0, 0]
        assert spent == ["jira-refresh-token"]

        stage.jira.clock.advance(3601)
        victim = stage.start("plan")
        watch(stage, lambda token: (spent.append(token), os.kill(victim.pid, signal.SIGKILL)))
        assert finished(victim)[0] == -signal.SIGKILL
        watch(stage, spent.append)
        stage.run("sync")
        assert spent[1:] == [spent[1]] * 2, "the one that was kept serves ten minutes longer"
        stage.jira.clock.advance(3601)
        stage.run("sync")
        assert len(spent) == len(set(spent)) + 1
        stage.assert_mirrored()


def test_a_dead_refresh_token_is_said_and_replaced_in_the_settings(tmp_path):
    with staged(tmp_path, generate_issues(2, seed=1)) as stage:
        with_refresh_token(stage, "jira-refresh-token")
        stage.run("sync")
        stage.jira.clock.advance(90 * 86_400)
        stage.jira.site.refresh_tokens.current = "made-by-the-operator"
        code, said = finished(stage.start("sync"))
        assert code == 1
        assert "make a new one and set refresh_token" in said
        assert "nothing is sent until" in said
        with_refresh_token(stage, "made-by-the-operator")
        stage.run("sync")
        stage.assert_mirrored()


def test_commands_with_a_wrong_password_bring_no_captcha(tmp_path):
    with staged(tmp_path, generate_issues(1, seed=1), "datacenter", captcha_after=3) as stage:
        auth = {"type": "basic", "username": "svc_syncd", "password": "last-years"}
        reconfigured(stage, auth=auth, limits={"refused_rest": "1m"})
        for _ in range(4):
            code, said = finished(stage.start("sync"))
            assert code == 1
            assert "nothing is sent until" in said
        assert len(stage.jira.requests) == 1
        reconfigured(stage, auth={**auth, "password": "jira-password"})
        stage.run("sync")
