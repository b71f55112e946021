"""Settings under which polling alone would use a budget up are remarked on before anybody waits in vain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from syncd.mapping import load_mappings
from syncd.settings import load_settings
from syncd.wiring.pacing import pacing_remarks

MAPPINGS = Path(__file__).parents[2] / "mappings"
AUTH = {"type": "basic", "username": "bot@example.com", "password": "s3cret"}


def remarks(folder: Path, interval: str, limits: dict[str, Any]) -> list[str]:
    jira = {"type": "jira", "url": "https://example.atlassian.net", "auth": AUTH, "limits": limits}
    file = folder / "syncd.yaml"
    file.write_text(yaml.safe_dump({"poll_interval": interval, "connections": {"jira": jira}}), encoding="utf-8")
    mapping = load_mappings(MAPPINGS / "ops-incidents.yaml")
    return list(pacing_remarks(load_settings(file), mapping))


def test_polls_that_take_the_whole_budget(tmp_path: Path) -> None:
    (remark,) = remarks(tmp_path, "30s", {"requests_per_hour": 20})
    assert remark.startswith("connections.jira: polling 1 mapping(s) takes 240 calls an hour")
    assert "poll_interval well above 360s" in remark


@pytest.mark.parametrize(
    ("interval", "limits"), [("30s", {}), ("30s", {"requests_per_hour": 1000}), ("10m", {"requests_per_hour": 20})]
)
def test_nothing_to_say(tmp_path: Path, interval: str, limits: dict[str, Any]) -> None:
    assert remarks(tmp_path, interval, limits) == []
