"""`syncd demo`: everything on this machine, to look at: both sandboxes with issues that live, SQLite, daemon, pages."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
import yaml

from syncd.cli.common import shell, tell
from syncd.core.access import Role
from syncd.errors import UserError
from syncd.observe import logs
from syncd.sandbox.jira import JiraSandbox, LiveUsers, generate_issues, load_issues
from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import ServiceNowSandbox
from syncd.serving import serve
from syncd.settings import load_settings
from syncd.wiring import opened_store

ISSUES = 40
"""How many issues a demo begins with when no file is given: enough to see, few enough to read."""

EXAMPLE = "ops-incidents.yaml"

COLLEAGUES = {"alice": "Alice Archer", "bruno": "Bruno Bach", "chen": "Chen Wei"}
"""Those of the people in Jira who are in ServiceNow too; the others show what a miss looks like."""

DEMO_SECONDS = 7 * 86400.0
"""How long the demo's token serves; the demo ends with its folder anyway."""

Flavour = Annotated[str, typer.Option("--flavour", help="cloud or datacenter.")]


def add_to(app: typer.Typer) -> None:
    @app.command(
        help="Try syncd on this machine: simulated Jira and ServiceNow, the daemon, the status page. Ctrl-C ends it."
    )
    def demo(
        seed: Annotated[
            Path | None,
            typer.Option("--seed", help="Jira issues to begin with: JSON lines, .gz allowed.", show_default=False),
        ] = None,
        flavour: Flavour = "cloud",
        port: Annotated[int, typer.Option("--port", help="Port of the status page; 0 takes a free one.")] = 8080,
        pace: Annotated[
            float,
            typer.Option("--pace", min=0.0, help="Seconds between things that people do; 0: nobody does anything."),
        ] = 3.0,
    ) -> None:
        logs.configure("text", "warning")
        with _playground(seed, flavour, pace) as (config, jira_url, servicenow_url):
            settings = load_settings(config)
            settings = settings.model_copy(update={"http": settings.http.model_copy(update={"port": port})})

            with opened_store(settings) as store:
                token, text = store.access.create_token("demo", Role.ADMIN, shell(), DEMO_SECONDS)
                ticket = store.access.ticket(token.id)

            def announce(url: str) -> None:
                tell(
                    f"\n  status page   {url}/sign-in?ticket={ticket}\n"
                    f"  token         {text}\n"
                    f"  Jira          {jira_url}/\n"
                    f"  ServiceNow    {servicenow_url}/\n"
                    f"  settings      {config}\n"
                    f"\n  In another terminal:  syncd --help;  syncd status --config {config}\n"
                    "  Ctrl-C ends the demo and removes its folder.\n"
                )

            if not serve(settings, started=announce):
                raise typer.Exit(1)


@contextmanager
def _playground(seed: Path | None, flavour: str, pace: float) -> Iterator[tuple[Path, str, str]]:
    """Both sandboxes served, people at work in Jira, and a settings file for it all in a temporary folder."""
    if flavour not in ("cloud", "datacenter"):
        raise UserError(f"--flavour {flavour}: give cloud or datacenter")
    issues = generate_issues(ISSUES, seed=1) if seed is None else load_issues(seed)
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
