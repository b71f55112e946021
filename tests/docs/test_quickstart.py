"""The quickstart is typed as it stands: every block, in order, in one shell with a home of its own, and it prints what
the page says. Only the ports are others, so that two of these tests do not meet.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.docs.page import DOCS, ROOT, Block, command_blocks, misses
from tests.postgres import NoPostgresError, own_server

PAGE = DOCS / "quickstart.md"
BLOCKS = command_blocks(PAGE)

NOT_TYPED = {
    "python3 -m venv": "needs the internet; the README's own command, and what the gate begins with",
    ". .venv/bin/activate": "the tests run in such an environment already",
    "docker run": "this Postgres comes from tests/postgres.py",
}
"""How a block begins that is not run here, and why."""

PORTS = ("8080", "8081", "8082", "8090", "9099")
POSTGRES_PORT = "5432"
PATIENCE = 300
END = "-- end of block"


def number(block: Block) -> int:
    return int(block.section.split(".")[0])


def typed(first: int, last: int) -> list[Block]:
    chosen = [block for block in BLOCKS if first <= number(block) <= last]
    return [block for block in chosen if not block.text.startswith(tuple(NOT_TYPED))]


def free_ports(count: int) -> list[str]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [str(probe.getsockname()[1]) for probe in probes]


def type_in(blocks: Sequence[Block], home: Path, postgres: str = "") -> None:
    """Run the blocks in one shell; fails where one fails, or does not print what the page says it prints."""
    ports = dict(zip(PORTS, free_ports(len(PORTS)), strict=True))
    if postgres:
        ports[POSTGRES_PORT] = postgres
    script = "".join(f"{block.text}\necho '{END}'\n" for block in blocks)
    script = re.sub(rf"\b({'|'.join(ports)})\b", lambda found: ports[found[0]], script)
    home.mkdir()
    said = home.with_suffix(".said")
    environment = {
        "HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
    }
    with said.open("w") as out:
        shell = subprocess.Popen(
            ["bash", "-eu", "-c", script], cwd=ROOT, env=environment, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        code: int | str = shell.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        code = f"none after {PATIENCE} s"
    finally:
        end_session(shell)
    *done, rest = said.read_text(encoding="utf-8").split(f"{END}\n")
    assert len(done) == len(blocks), f"ended with {code} in\n{blocks[len(done)].text}\n{rest}{logs(home)}"
    for block, printed in zip(blocks, done, strict=True):
        assert misses(block, printed) == [], f"{block.section}\n{block.text}\nprinted\n{printed}"
    assert code == 0


def end_session(shell: subprocess.Popen[bytes]) -> None:
    """End what the page left running: the shell's own process group, and nothing else."""
    with suppress(ProcessLookupError):
        os.killpg(shell.pid, signal.SIGKILL)
    shell.wait()


def logs(home: Path) -> str:
    return "".join(f"\n{log.name}:\n{log.read_text()[-1500:]}" for log in sorted(home.rglob("*.log")))


def test_a_first_dry_run_a_first_sync_and_the_daemon(tmp_path):
    type_in(typed(1, 5), tmp_path / "home")


def test_two_replicas_on_postgres_and_prometheus(tmp_path):
    if shutil.which("prometheus") is None:
        pytest.skip("no prometheus here")
    try:
        with own_server() as postgres:
            postgres.new_database("syncd")
            blocks = [block for block in typed(1, 8) if number(block) != 5]
            type_in(blocks, tmp_path / "home", str(postgres.port))
            assert not (tmp_path / "home" / "syncd-try").exists()
    except NoPostgresError as error:
        pytest.skip(str(error))


def test_every_block_is_typed_or_has_a_reason_not_to_be():
    for beginning in NOT_TYPED:
        assert [block.text.startswith(beginning) for block in BLOCKS].count(True) == 1, beginning
    assert all(1 <= number(block) <= 8 for block in BLOCKS)
    assert len(typed(1, 8)) == len(BLOCKS) - len(NOT_TYPED)


def test_what_is_promised_and_not_printed_is_noticed():
    block = Block("1. Any", "syncd status", ("links  40", "last success ... ago"))
    assert misses(block, " links 40\n last success 3 s ago\n") == []
    assert misses(block, " links 41\n last success 3 s ago\n") == ["links  40"]
    assert misses(block, " last success 3 s ago\n links 40\n") == ["last success ... ago"]
