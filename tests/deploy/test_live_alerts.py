"""A real Prometheus reads a live `syncd run`, and fires what it should when a fault is put in. Loopback only."""

from __future__ import annotations

import json
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
import sqlalchemy

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import Stage, eventually, get, staged
from tests.deploy.files import DEPLOY, RULES, tool

SHORT = "2s"


@dataclass(frozen=True)
class Prometheus:
    url: str

    def query(self, expression: str) -> list[dict]:
        _, body = get(f"{self.url}/api/v1/query?query={quote(expression)}")
        return json.loads(body)["data"]["result"]

    def firing(self) -> set[str]:
        return {found["metric"]["alertname"] for found in self.query('ALERTS{alertstate="firing"}')}

    def fires(self, *names: str) -> bool:
        """Exactly these, and nothing else. What is only pending does not count."""
        return self.firing() == set(names)


@contextmanager
def prometheus(folder: Path, target: str) -> Iterator[Prometheus]:
    """Prometheus as the example configures it, but in seconds: every wait of the rules is cut short."""
    program = tool("prometheus")
    folder.mkdir()
    example = (DEPLOY / "prometheus" / "prometheus.yaml").read_text(encoding="utf-8")
    config = example.replace("syncd:8080", target).replace("30s", "1s")
    (folder / "prometheus.yaml").write_text(config, encoding="utf-8")
    rules, shortened = re.subn(r"for: \w+", f"for: {SHORT}", RULES.read_text(encoding="utf-8"))
    assert shortened
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        program, f"--config.file={folder / 'prometheus.yaml'}", f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
    ]  # fmt: skip
    with (folder / "log").open("w") as said:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    running = Prometheus(f"http://127.0.0.1:{port}")
    try:
        eventually(lambda: answers(running.url) or process.poll() is not None)
        assert process.poll() is None, (folder / "log").read_text()
        yield running
    finally:
        process.terminate()
        process.wait(timeout=30)


def answers(url: str) -> bool:
    try:
        return get(f"{url}/-/ready")[0] == 200
    except OSError:
        return False


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    tool("prometheus")  # before anything is started
    with staged(tmp_path, generate_issues(5, seed=8)) as stage:
        yield stage


def test_prometheus_sees_the_work_and_nothing_fires(stage):
    with stage.daemon() as url, prometheus(stage.folder / "prometheus", url.removeprefix("http://")) as watch:
        eventually(stage.mirrored)
        eventually(lambda: [one["value"][1] for one in watch.query("syncd_links")] == ["5"])
        eventually(lambda: bool(watch.query("mapping:syncd_last_success_age:seconds < 30")))
        created = watch.query('syncd_http_requests_total{endpoint="table.create", outcome="ok"}')
        assert [one["value"][1] for one in created] == ["5"]
        assert watch.firing() == set()


def test_refused_credentials(stage):
    with stage.daemon() as url, prometheus(stage.folder / "prometheus", url.removeprefix("http://")) as watch:
        eventually(stage.mirrored)
        stage.jira.revoke()
        eventually(lambda: watch.fires("SyncdAuthFailing", "SyncdNotReady"))


def test_an_issue_that_servicenow_refuses(stage):
    with stage.daemon() as url, prometheus(stage.folder / "prometheus", url.removeprefix("http://")) as watch:
        eventually(stage.mirrored)
        stage.servicenow.faults.add("aborted", method="PATCH,PUT", count=0)
        issue = next(iter(stage.jira.site.world.issues.values()))
        stage.jira.act.edit(issue.key, {"summary": "Refused"})
        eventually(lambda: watch.fires("SyncdParked"))
        (parked,) = watch.query("syncd_parked > 0")
        assert parked["metric"]["cause"] == "rejected"


def test_servicenow_is_down(stage):
    with stage.daemon() as url:
        eventually(stage.mirrored)
        with prometheus(stage.folder / "prometheus", url.removeprefix("http://")) as watch:
            eventually(lambda: bool(watch.query('up{job="syncd"} == 1')))
            stage.servicenow.faults.add("server_error", status=503, count=0)
            for issue in list(stage.jira.site.world.issues.values()):
                stage.jira.act.edit(issue.key, {"summary": "Cannot be written now"})
            eventually(lambda: watch.fires("SyncdUnavailable", "SyncdNotReady"))


def test_the_process_is_gone(stage):
    with ExitStack() as running:
        url = running.enter_context(stage.daemon())
        with prometheus(stage.folder / "prometheus", url.removeprefix("http://")) as watch:
            eventually(lambda: bool(watch.query('up{job="syncd"} == 1')))
            running.close()
            eventually(lambda: watch.fires("SyncdDown"))


def test_the_database_is_gone_and_comes_back(tmp_path, fresh_postgres):
    tool("prometheus")
    name = sqlalchemy.make_url(fresh_postgres).database
    elsewhere = sqlalchemy.make_url(fresh_postgres).set(database="postgres")
    admin = sqlalchemy.create_engine(elsewhere, isolation_level="AUTOCOMMIT", poolclass=sqlalchemy.NullPool)

    def say(*statements: str) -> None:
        with admin.connect() as connection:
            for statement in statements:
                connection.execute(sqlalchemy.text(statement))

    with (
        staged(tmp_path, generate_issues(5, seed=8), settings={"database": fresh_postgres}) as stage,
        stage.daemon() as url,
        prometheus(tmp_path / "prometheus", url.removeprefix("http://")) as watch,
    ):
        eventually(stage.mirrored)
        say(
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'",
        )
        eventually(lambda: watch.fires("SyncdDatabaseDown"))
        assert watch.query('syncd_http_requests_total{outcome="ok"} > 0'), "what the process counts is there as ever"
        say(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        eventually(lambda: watch.fires())
    admin.dispose()
