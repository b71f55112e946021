"""The page that Prometheus reads: complete from the first scrape, bounded, and there when the database is not."""

from __future__ import annotations

import ast
import importlib
import platform
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from syncd.core.model import Outcome, Result
from syncd.engine.failures import judge
from syncd.errors import (
    AuthError,
    DatabaseError,
    DoubtfulError,
    IssueError,
    RejectedError,
    RemoteError,
    UnreadableError,
)
from syncd.http import Call
from syncd.observe import labels
from syncd.observe.gauges import Gauges, Scraped
from syncd.observe.metrics import Metrics
from syncd.store import Cursor, Priority
from syncd.store.figures import Backlog, Figures

SYNCD = Path(__file__).parents[2] / "syncd"


def new_metrics() -> Metrics:
    return Metrics(["ops"], {"jira": "jira", "now": "servicenow"}, "1.2.3")


def figures(**known) -> Figures:
    nothing = {
        "now": 1000.0,
        "linked": {},
        "in_doubt": {},
        "backlog": {},
        "parked": {},
        "barred": {},
        "held": {},
        "cursors": {},
    }
    return Figures(**{**nothing, **known})


class Page:
    """What a scrape of these metrics shows, read back with the library's parser: `page("name", *label values)`."""

    def __init__(self, metrics: Metrics) -> None:
        self._values = {
            (sample.name, frozenset(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(metrics.text().decode())
            for sample in family.samples
        }

    def __call__(self, name: str, *labels: str) -> float:
        return self._values[name, frozenset(labels)]

    @property
    def series(self) -> set[tuple[str, frozenset[str]]]:
        return set(self._values)

    @property
    def names(self) -> set[str]:
        return {name for name, _ in self._values}


def call(**what) -> Call:
    usual = {
        "connection": "now", "endpoint": "table.create", "method": "POST", "outcome": "ok", "status": 201,
        "seconds": 0.2,
    }  # fmt: skip
    return Call(**{**usual, **what})


# -- labels


def test_nothing_has_happened_and_every_series_is_there_at_zero():
    metrics = new_metrics()
    metrics.watch(lambda: Gauges(["ops"], figures(), ready=False))
    before = Page(metrics).series
    metrics.call(call())
    metrics.call(call(connection="jira", endpoint="search", outcome="throttled", skew=3.0))
    metrics.cycle_failed("ops", "auth")
    for result in Result:
        metrics.outcome(Outcome("ops", "1", "OPS-1", result, cause="doubt", lag=3.0))
    assert Page(metrics).series == before


def test_an_endpoint_that_nobody_declared_counts_as_other():
    metrics = new_metrics()
    metrics.call(call(endpoint="/api/now/table/incident/4711"))
    assert Page(metrics)("syncd_http_requests_total", "now", "other", "ok") == 1


def test_a_cause_that_nobody_declared_counts_as_other():
    metrics = new_metrics()
    metrics.cycle_failed("ops", "gremlins")
    assert Page(metrics)("syncd_cycle_failures_total", "ops", "other") == 1


@pytest.mark.parametrize("adapter", ["jira", "servicenow"])
def test_every_endpoint_that_an_adapter_calls_is_declared(adapter):
    called = endpoints_in(SYNCD / adapter) | endpoints_in(SYNCD / "oauth")
    assert set(labels.ENDPOINTS[adapter]) - {labels.OTHER} == called


def endpoints_in(folder: Path) -> set[str]:
    """The third argument of every `Request(...)`, and every `endpoint=`, that is written out or is a constant."""
    found = set()
    for file in folder.rglob("*.py"):
        module = importlib.import_module(".".join(file.relative_to(SYNCD.parent).with_suffix("").parts))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            given = [keyword.value for keyword in node.keywords if keyword.arg == "endpoint"]
            if isinstance(node.func, ast.Name) and node.func.id == "Request":
                given += node.args[2:3]
            for value in given:
                if isinstance(value, ast.Constant):
                    found.add(value.value)
                elif isinstance(value, ast.Name) and value.id.isupper():
                    found.add(getattr(module, value.id))
    return found


def test_every_cause_of_parking_that_the_engine_names_is_declared():
    errors: list[Exception] = [
        DoubtfulError("", system="now"), UnreadableError("", system="now"), RejectedError("", system="now"),
        RemoteError("", system="now"), IssueError(""), ValueError(),
    ]  # fmt: skip
    causes = {judge(error, 99, "1").cause for error in errors}  # type: ignore[union-attr]  # all are parked by now
    causes |= {
        keyword.value.value
        for file in SYNCD.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "IssueError"
        for keyword in node.keywords
        if keyword.arg == "cause" and isinstance(keyword.value, ast.Constant)
    }
    assert causes <= set(labels.PARK_CAUSES)


def test_every_error_of_a_remote_system_is_an_outcome_of_a_call():
    assert {
        "ok",
        "auth",
        "doubtful",
        "notfound",
        "rejected",
        "remote",
        "throttled",
        "unavailable",
        "unreadable",
    } == set(labels.CALL_OUTCOMES)


# -- what is counted


def test_calls_count_by_connection_endpoint_and_outcome():
    metrics = new_metrics()
    metrics.call(call(seconds=0.3, waited=2.0))
    metrics.call(call(outcome="throttled", status=429, seconds=0.1))
    read = Page(metrics)
    assert read("syncd_http_requests_total", "now", "table.create", "ok") == 1
    assert read("syncd_http_requests_total", "now", "table.create", "throttled") == 1
    assert read("syncd_http_request_seconds_sum", "now", "table.create") == pytest.approx(0.4)
    assert read("syncd_http_wait_seconds_total", "now") == 2.0


def test_the_lag_of_a_write_falls_into_its_bucket():
    metrics = new_metrics()
    metrics.outcome(Outcome("ops", "1", "OPS-1", Result.UPDATED, lag=45.0))
    read = Page(metrics)
    assert read("syncd_lag_seconds_bucket", "ops", "30.0") == 0
    assert read("syncd_lag_seconds_bucket", "ops", "60.0") == 1


def test_a_doubt_is_counted_when_it_opens_and_when_it_is_resolved():
    metrics = new_metrics()
    for result, cause in [(Result.DOUBT, ""), (Result.PARKED, "doubt"), (Result.RESOLVED, "")]:
        metrics.outcome(Outcome("ops", "1", "OPS-1", result, cause=cause))
    read = Page(metrics)
    assert read("syncd_doubts_opened_total", "ops") == 2
    assert read("syncd_doubts_resolved_total", "ops") == 1


def test_an_answer_without_a_date_leaves_the_skew_that_was_seen():
    metrics = new_metrics()
    metrics.call(call(skew=-12.5))
    metrics.call(call(skew=None))
    assert Page(metrics)("syncd_clock_skew_seconds", "now") == -12.5


def test_refused_credentials_stay_refused_until_a_call_is_let_in():
    metrics = new_metrics()
    for endpoint, outcome, refused in [
        ("myself", "auth", 1),
        ("myself", "unavailable", 1),
        ("server", "ok", 1),  # answers strangers too
        ("myself", "ok", 0),
    ]:
        metrics.call(call(connection="jira", endpoint=endpoint, outcome=outcome))
        assert Page(metrics)("syncd_credentials_refused", "jira") == refused, (endpoint, outcome)


def test_a_ceiling_that_is_hit_is_counted_by_its_name():
    metrics = new_metrics()
    metrics.ceiling_hit("ops", "create")
    assert Page(metrics)("syncd_ceilings_hit_total", "ops", "create") == 1


def test_the_process_and_its_version_are_there():
    read = Page(new_metrics())
    assert ("syncd_build_info", frozenset({"1.2.3", platform.python_version()})) in read.series
    assert read("process_start_time_seconds") > 0


# -- what is asked


def test_gauges_show_each_priority_and_cause_and_the_times_of_cycles():
    cursor = Cursor("ops", "site", None, 900.0, 800.0, "", True)
    metrics = new_metrics()
    metrics.watch(
        lambda: Gauges(
            ["ops"],
            figures(
                linked={"ops": 7, "retired": 9},
                in_doubt={"ops": 1},
                backlog={("ops", Priority.BACKFILL): Backlog(30, 77.0)},
                parked={("ops", "rejected"): 2},
                cursors={"ops": cursor},
            ),
            ready=True,
            poll_interval=30.0,
            budgets={"now": 4.0},
            allowances={"now": 5000.0},
        )
    )
    read = Page(metrics)
    assert read("syncd_links", "ops") == 7
    assert read("syncd_backlog", "ops", "backfill") == 30
    assert read("syncd_backlog", "ops", "live") == 0
    assert read("syncd_oldest_due_seconds", "ops", "backfill") == 77.0
    assert read("syncd_parked", "ops", "rejected") == 2
    assert read("syncd_parked", "ops", "bug") == 0
    assert read("syncd_last_attempt_timestamp_seconds", "ops") == 900.0
    assert read("syncd_last_success_timestamp_seconds", "ops") == 800.0
    assert read("syncd_paused", "ops") == 1
    assert read("syncd_budget_ready_calls", "now") == 4
    assert read("syncd_database_up") == 1
    assert not any("retired" in values for _, values in read.series), "a mapping that is no longer configured"


def test_the_database_is_down_and_what_the_process_counted_is_still_there():
    metrics = new_metrics()
    metrics.call(call())

    def down() -> Gauges:
        raise DatabaseError("the database does not answer")

    metrics.watch(down)
    read = Page(metrics)
    assert read("syncd_database_up") == 0
    assert read("syncd_ready") == 0
    assert read("syncd_http_requests_total", "now", "table.create", "ok") == 1
    assert "syncd_backlog" not in read.names, "unknown is not zero"


def test_the_database_hangs_and_a_scrape_goes_on_without_it():
    asked, answer = [], threading.Event()

    def stuck() -> Gauges:
        asked.append(1)
        answer.wait()
        return Gauges([], figures(), ready=True)

    scraped = Scraped(stuck, patience=0.01)
    for _ in range(3):
        families = {family.name: family for family in scraped.collect()}
        assert families["syncd_database_up"].samples[0].value == 0
    assert len(asked) == 1, "one question at a time, however often it is scraped"
    answer.set()


def test_each_scrape_asks_once():
    asked = []

    def ask() -> Gauges:
        asked.append(1)
        return Gauges(["ops"], figures(), ready=True)

    metrics = new_metrics()
    metrics.watch(ask)
    assert asked == [], "nothing is asked before the first scrape"
    metrics.text()
    metrics.text()
    assert len(asked) == 2


def test_an_error_that_opens_no_doubt_is_not_one():
    metrics = new_metrics()
    error = AuthError("refused", system="now")
    metrics.outcome(Outcome("ops", "1", "OPS-1", Result.DELAYED, str(error)))
    assert Page(metrics)("syncd_doubts_opened_total", "ops") == 0


def test_promtool_has_nothing_to_say():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    metrics = new_metrics()
    metrics.watch(lambda: Gauges(["ops"], figures(), ready=True, budgets={"now": 1}, allowances={"now": 1}))
    done = subprocess.run([promtool, "check", "metrics"], input=metrics.text(), capture_output=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")
