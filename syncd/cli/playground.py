"""The playground of `syncd demo`: both sandboxes, people at work in Jira, and settings in a folder of its own."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import yaml

from syncd.cli.seeds import issues_of
from syncd.errors import UserError
from syncd.sandbox.jira import JiraSandbox, LiveUsers, generate_issues
from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import ServiceNowSandbox

ISSUES = 40
"""How many issues a demo begins with when no file is given: enough to see, few enough to read."""

EXAMPLE = "ops-incidents.yaml"

COLLEAGUES = {"alice": "Alice Archer", "bruno": "Bruno Bach", "chen": "Chen Wei"}
"""Those of the people in Jira who are in ServiceNow too; the others show what a miss looks like."""


@contextmanager
def playground(seed: Path | None, flavour: str, pace: float) -> Iterator[tuple[Path, str, str]]:
    """Both sandboxes served, people at work in Jira, and a settings file for it all in a temporary folder."""
    if flavour not in ("cloud", "datacenter"):
        raise UserError(f"--flavour {flavour}: give cloud or datacenter")
    issues = generate_issues(ISSUES, seed=1) if seed is None else issues_of(seed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="syncd-demo-")))
        jira = JiraSandbox(flavour=flavour, issues=issues, seed=1)
        jira_server = stack.enter_context(Server(jira.app))
        servicenow = ServiceNowSandbox(seed=1)
        servicenow_server = stack.enter_context(Server(servicenow.app))
        for login, name in COLLEAGUES.items():
            servicenow.create("sys_user", {"user_name": login, "name": name, "email": f"{login}@example.com"})
        config = write_settings(folder, flavour, jira_server.url, servicenow_server.url)
        if pace > 0:
            stack.enter_context(_people(LiveUsers(jira, seed=1), pace))
        yield config, jira_server.url, servicenow_server.url


@contextmanager
def _people(users: LiveUsers, pace: float) -> Iterator[None]:
    """People who create, edit, comment and close issues every few seconds."""
    over = threading.Event()

    def live() -> None:
        while not over.wait(pace):
            users.step()

    thread = threading.Thread(target=live, name="people", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _example() -> Path:
    """The example mapping: beside this module when installed, in the project's own folder when run from a checkout."""
    installed = Path(__file__).with_name(EXAMPLE)
    return installed if installed.exists() else Path(__file__).parents[2] / "mappings" / EXAMPLE


def write_settings(folder: Path, flavour: str, jira_url: str, servicenow_url: str) -> Path:
    """A settings file and the example mapping, as a person would write them for these two sandboxes."""
    auth = (
        {"type": "basic", "username": "bot@example.com", "password": "jira-token"}
        if flavour == "cloud"
        else {"type": "bearer", "token": "jira-pat"}
    )
    settings = {
        "database": f"sqlite:///{folder / 'syncd.db'}",
        "mappings": "mappings",
        "poll_interval": "2s",
        "log": {"level": "warning"},
        "connections": {
            "jira": {"type": "jira", "url": jira_url, "auth": auth},
            "servicenow": {
                "type": "servicenow",
                "url": servicenow_url,
                "auth": {"type": "basic", "username": "svc_syncd", "password": "syncd"},
            },
        },
    }
    (folder / "mappings").mkdir()
    (folder / "mappings" / EXAMPLE).write_text(_example().read_text(encoding="utf-8"), encoding="utf-8")
    config = folder / "syncd.yaml"
    config.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return config
