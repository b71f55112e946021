"""The log's lines as people and machines read them, and what must never stand in one."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from syncd.core.model import Outcome, Result
from syncd.http import Call
from syncd.observe import logs
from syncd.observe.secrets import secrets_in
from syncd.settings import Settings

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
CREATED = Outcome(
    "ops", "10001", "OPS-1", Result.CREATED, "a" * 32, "INC0010001", fields=("state", "urgency"), lag=1.23456
)


class Said:
    """What the process has written to stderr."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._text = ""

    @property
    def text(self) -> str:
        self._text += self._capsys.readouterr().err
        return self._text

    @property
    def events(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Iterator[Said]:
    """Afterwards the log is as it was."""
    loggers = [logging.getLogger(name) for name in ("", "syncd", "apscheduler")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield Said(capsys)
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def test_one_event_an_outcome_in_json(said):
    logs.configure("json", "info")
    logs.outcome(CREATED)
    (event,) = said.events
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", str(event.pop("time")))
    assert event == {
        "level": "info",
        "message": "OPS-1 created INC0010001 state, urgency",
        "logger": "syncd.outcomes",
        "run": logs.RUN,
        "action": "created",
        "mapping": "ops",
        "issue": "OPS-1",
        "record": "INC0010001",
        "fields": ["state", "urgency"],
        "lag": 1.235,
    }


def test_one_line_an_outcome_in_text(said):
    logs.configure("text", "info")
    logs.outcome(CREATED)
    (line,) = said.text.splitlines()
    assert line[20:] == "INFO OPS-1 created INC0010001 state, urgency [mapping=ops action=created]"


@pytest.mark.parametrize("result", list(Result))
def test_every_result_has_its_words_and_only_unchanged_is_silent(said, result):
    logs.configure("json", "info")
    logs.outcome(Outcome("ops", "1", "OPS-1", result))
    assert [event["action"] for event in said.events] == ([] if result is Result.UNCHANGED else [result.value])


def test_a_parked_issue_is_a_warning_with_its_cause(said):
    logs.configure("json", "warning")
    logs.outcome(Outcome("ops", "1", "OPS-1", Result.PARKED, reason="no", cause="rejected"))
    logs.outcome(CREATED)
    (event,) = said.events
    assert (event["level"], event["cause"]) == ("warning", "rejected")


def test_calls_are_told_to_those_who_look_closely_only(said):
    logs.configure("json", "info")
    logs.call(Call("now", "table.create", "POST", "throttled", 429, 0.5))
    assert said.events == []
    logs.configure("json", "debug")
    logs.call(Call("now", "table.create", "POST", "throttled", 429, 0.5))
    (event,) = said.events
    assert (event["connection"], event["endpoint"], event["status"], event["result"]) == (
        "now", "table.create", 429, "throttled",
    )  # fmt: skip


def test_an_event_within_a_request_names_it(said):
    logs.configure("json", "info")
    log = logging.getLogger("syncd.test")
    log.info("inside", extra={"request": "abc-1"})
    log.info("outside", extra={"request": ""})
    inside, outside = said.events
    assert inside["request"] == "abc-1"
    assert "request" not in outside


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("nasty", ["a\nERROR forged", "a\r\nb", "\x1b[31mred", "\x85next", "\u2028next"])
def test_one_event_stays_one_line_whatever_it_quotes(said, form, nasty):
    logs.configure(form, "info")
    logs.outcome(Outcome("ops", "1", "OPS-1", Result.PARKED, reason=nasty, cause="rejected"))
    assert len(said.text.rstrip("\n").split("\n")) == 1
    if form == "text":
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]", said.text)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_secret_is_struck_out_of_messages_fields_and_tracebacks(said, form):
    logs.configure(form, "info", ["hunter2-token"])
    log = logging.getLogger("syncd.test")
    try:
        raise ValueError("Authorization: hunter2-token")
    except ValueError:
        log.exception("sent %s", "hunter2-token", extra={"path": "/x/hunter2-token", "action": "test"})
    log.warning("https://me:let-me-in@example.com answered, Authorization: Bearer eyJabcdefgh")
    assert "ValueError" in said.text, "the traceback itself is there"
    for secret in ("hunter2", "let-me-in", "eyJabc"):
        assert secret not in said.text


def test_the_secrets_of_the_settings_are_found_however_deep():
    settings = Settings(
        database="postgresql+psycopg://syncd:p%40ssword@db/syncd",
        connections={
            "jira": {"type": "jira", "url": "https://j.example", "auth": {"type": "bearer", "token": "jira-token"}},
            "now": {
                "type": "servicenow",
                "url": "https://n.example",
                "auth": {"type": "basic", "username": "svc_syncd", "password": "now-password"},
            },
        },
    )
    found = set(secrets_in(settings))
    assert {"p%40ssword", "p@ssword", "jira-token", "now-password"} <= found
    assert "svc_syncd" not in found
    assert set(secrets_in(SecretStr("sqlite:///syncd.db"))) == set(), "an address without a password is none"
    assert {"one-key", "two-key"} <= set(secrets_in(SecretStr("one-key, two-key")))


def test_the_fields_are_documented():
    section = OPERATIONS.read_text(encoding="utf-8").split("## The log")[1].split("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    listed = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    assert {"time", "level", "message", "logger", "run", "traceback", *logs.FIELDS} == listed
