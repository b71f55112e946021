"""`syncd sandbox jira|servicenow`: one simulator on a port, for trying mappings and for tests from outside.

The simulators are imported where they are used: they take long to load, and no other command needs them.
"""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Annotated, Any

import typer

from syncd.cli.common import tell
from syncd.errors import UserError

Host = Annotated[str, typer.Option("--host", help="Address to listen on.")]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
Latency = Annotated[float, typer.Option("--latency", min=0.0, help="Seconds that every answer takes.")]


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Simulated Jira and ServiceNow over HTTP.")

    @group.command(help="A simulated Jira: Cloud (bot@example.com / jira-token) or Data Center (token jira-pat).")
    def jira(
        seed: Annotated[
            Path | None, typer.Option("--seed", help="Jira issues: JSON lines, .gz allowed.", show_default=False)
        ] = None,
        flavour: Annotated[str, typer.Option("--flavour", help="cloud or datacenter.")] = "cloud",
        issues: Annotated[int, typer.Option("--issues", min=0, help="How many to make up when no file is given.")] = 40,
        host: Host = "127.0.0.1",
        port: Port = 8081,
    ) -> None:
        from syncd.cli.seeds import issues_of
        from syncd.sandbox.jira import JiraSandbox, generate_issues

        if flavour not in ("cloud", "datacenter"):
            raise UserError(f"--flavour {flavour}: give cloud or datacenter")
        contents = generate_issues(issues, seed=1) if seed is None else issues_of(seed)
        _serve(JiraSandbox(flavour=flavour, issues=contents, seed=1).app, host, port, "Jira")

    @group.command(help="A simulated ServiceNow instance (svc_syncd / syncd).")
    def servicenow(
        host: Host = "127.0.0.1",
        port: Port = 8082,
        latency: Latency = 0.0,
        write_cost: Annotated[
            float, typer.Option("--write-cost", min=0.0, help="Seconds that a write takes more.")
        ] = 0.0,
    ) -> None:
        from syncd.sandbox.servicenow import ServiceNowSandbox

        sandbox = ServiceNowSandbox(seed=1, latency=latency, write_cost=write_cost)
        _serve(sandbox.app, host, port, "ServiceNow")

    app.add_typer(group, name="sandbox")


def _serve(app: Any, host: str, port: int, what: str) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    from syncd.sandbox.serve import Server

    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    try:
        server = Server(app, host, port)
    except OSError as error:
        raise UserError(f"cannot listen on {host}:{port}: {error.strerror}; choose another --host or --port") from error
    with server:
        tell(f"{what} sandbox: {server.url}/   (Ctrl-C ends it)")
        over.wait()
