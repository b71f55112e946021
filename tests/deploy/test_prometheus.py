"""The alerts: judged by promtool, made of metrics that exist, each with a page for whoever it wakes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from syncd.observe.gauges import Gauges
from syncd.observe.metrics import Metrics
from syncd.store.figures import Figures
from tests.deploy.files import DEPLOY, ROOT, RULES, alerts, documents, recorded, run, tool

DASHBOARD = DEPLOY / "grafana" / "syncd.json"
ALERTS_PAGE = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
METRICS_PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
_NAMES = re.compile(r"\b(?:mapping:)?(?:syncd|process)_[a-z0-9_]+(?::\w+)*")


def exposed() -> dict[str, tuple[str, tuple[str, ...]]]:
    """What the program exposes: type and labels by the name of the metric, as the reference lists it."""
    metrics = Metrics(["ops"], {"jira": "jira"}, "1")
    nothing = Figures(0.0, {}, {}, {}, {}, {}, {}, {})
    metrics.watch(lambda: Gauges(["ops"], nothing, ready=True, budgets={"jira": 1.0}, allowances={"jira": 1.0}))
    found = {}
    for family in metrics.registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        name = f"{name}_info" if family.type == "info" else name
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        found[name] = (family.type, tuple(sorted(labels)))
    return found


def series() -> set[str]:
    """Every name that a query may use."""
    names = set(recorded())
    for name, (kind, _) in exposed().items():
        names |= {f"{name}_bucket", f"{name}_sum", f"{name}_count"} if kind == "histogram" else {name}
    return names


# -- metrics


def test_the_reference_lists_every_metric_with_its_type_and_labels():
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in METRICS_PAGE.splitlines()
        if line.startswith("| `")
    ]
    listed = {
        row[0].strip("`"): (row[1], tuple(sorted(re.findall(r"`(\w+)`", row[2]))))
        for row in rows
        if row[0].startswith(("`syncd_", "`process_"))
    }
    of_process = {name for name in exposed() if name.startswith("process_")}
    assert listed == {name: kind for name, kind in exposed().items() if name not in of_process or name in listed}
    assert {"process_start_time_seconds", "process_resident_memory_bytes"} <= set(listed)


# -- rules


def test_promtool_accepts_the_rules():
    code, said = run(tool("promtool"), "check", "rules", RULES)
    assert code == 0, said


def test_each_alert_fires_for_its_trouble_and_for_no_other():
    code, said = run(tool("promtool"), "test", "rules", DEPLOY / "prometheus" / "rules_test.yaml")
    assert code == 0, said


def test_every_alert_has_a_case_in_which_it_fires():
    (cases,) = documents(DEPLOY / "prometheus" / "rules_test.yaml")
    firing = set()
    for case in cases["tests"]:
        for check in case.get("promql_expr_test", ()):
            firing |= {
                name for sample in check["exp_samples"] for name in re.findall(r'alertname="(\w+)"', sample["labels"])
            }
        firing |= {check["alertname"] for check in case.get("alert_rule_test", ()) if check.get("exp_alerts")}
    assert firing == set(alerts())


def test_the_example_of_scraping_is_accepted(tmp_path):
    for file in ("prometheus.yaml", "rules.yaml"):
        (tmp_path / file).write_text((DEPLOY / "prometheus" / file).read_text(encoding="utf-8"), encoding="utf-8")
    code, said = run(tool("promtool"), "check", "config", tmp_path / "prometheus.yaml")
    assert code == 0, said


@pytest.mark.parametrize("name", sorted(alerts()))
def test_an_alert_says_what_is_wrong_how_bad_it_is_and_where_to_read_on(name):
    rule = alerts()[name]
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}
    assert rule["annotations"]["runbook_url"].endswith(f"docs/alerts.md#{name.lower()}")
    assert len(rule["annotations"]["summary"]) <= 100, "it has to fit into a text message"


def test_every_query_of_a_rule_asks_for_metrics_that_exist():
    (document,) = documents(RULES)
    for rule in (rule for group in document["groups"] for rule in group["rules"]):
        asked = set(_NAMES.findall(re.sub(r"\{[^}]*\}", "", rule["expr"])))
        assert asked <= series(), rule


# -- the page for whoever is woken


def sections() -> dict[str, str]:
    return {part.split("\n", 1)[0].strip(): part for part in ALERTS_PAGE.split("\n## ")[1:]}


def test_every_alert_has_its_section_and_every_section_its_alert():
    assert set(sections()) == set(alerts())


@pytest.mark.parametrize("name", sorted(alerts()))
def test_a_section_says_what_it_means_where_to_look_what_to_do_and_what_not_to(name):
    section = sections()[name]
    for heading in ("**It means:**", "**Look at:**", "**Do:**", "**Do not:**"):
        assert section.count(heading) == 1, f"{name}: {heading}"


def test_the_commands_of_the_page_exist():
    from typer.main import get_command

    from syncd.cli.main import app

    commands = get_command(app).commands  # type: ignore[attr-defined]  # a typer app is a group
    for words in re.findall(r"`syncd ([a-z ]+)", ALERTS_PAGE):
        first, *rest = words.split()
        assert first in commands, words
        inner = getattr(commands[first], "commands", None)
        if rest and inner is not None:
            assert rest[0] in inner, words


# -- the dashboard


def panels() -> list[dict]:
    return json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]


def test_every_query_of_the_dashboard_asks_for_metrics_that_exist():
    for panel in panels():
        for target in panel.get("targets", ()):
            asked = set(_NAMES.findall(re.sub(r"\{[^}]*\}", "", target["expr"])))
            assert asked, panel["title"]
            assert asked <= series(), panel["title"]


def test_the_dashboard_shows_every_metric_of_syncd():
    text = Path(DASHBOARD).read_text(encoding="utf-8")
    mentioned = {name for name in exposed() if re.search(rf"\b{name}(?:_bucket)?\b", text)}
    elsewhere = {"syncd_last_attempt_timestamp_seconds", "syncd_poll_interval_seconds"}
    assert {name for name in exposed() if name.startswith("syncd_")} - mentioned <= elsewhere


def test_panels_do_not_lie_upon_each_other():
    taken: dict[tuple[int, int], str] = {}
    for panel in panels():
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24
                assert (x, y) not in taken, (panel["title"], taken[x, y])
                taken[x, y] = panel["title"]


def test_every_query_of_the_dashboard_is_promql(tmp_path):
    """promtool knows no dashboards; so each query becomes a rule, with Grafana's variables filled in."""
    filled = {"$__rate_interval": "5m", "$job": "syncd", "$mapping": ".+"}
    rules = []
    for panel in panels():
        for target in panel.get("targets", ()):
            query = target["expr"]
            for name, value in filled.items():
                query = query.replace(name, value)
            rules.append({"record": f"panel:{len(rules)}", "expr": query})
    file = tmp_path / "panels.yaml"
    file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}), encoding="utf-8")
    code, said = run(tool("promtool"), "check", "rules", file)
    assert code == 0, said
