"""The daemon as nobody, in a tree that cannot be written to: its state folder is all that it may and does write.

A mount namespace of its own makes the whole tree read-only, as ProtectSystem=strict and readOnlyRootFilesystem do.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from syncd.sandbox.jira import generate_issues
from tests.acceptance.stage import Stage, eventually, ready, staged
from tests.deploy.files import ROOT, run, tool

NOBODY = 65534
# Everything read-only, then the state folder and a fresh /tmp on top of it; then the rights are given away for good.
INSIDE = """
set -e
state=$1; shift
mount --bind "$state" "$state"
mount -o remount,bind,ro /
for place in $(awk '$2 != "/" && $4 ~ /(^|,)rw(,|$)/ {print $2}' /proc/self/mounts); do
  case $place in "$state"|/proc|/proc/*|/dev|/dev/*|/sys|/sys/*) ;; *) mount -o remount,bind,ro "$place" || true ;; esac
done
exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""


def unprivileged(state: Path, *command: str | Path) -> list[str]:
    """The command as nobody in a read-only tree, but for `state`."""
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", INSIDE, "sh", str(state), *map(str, command)]


@pytest.fixture
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of nobody's, where nobody may go."""
    if os.geteuid() != 0:
        pytest.skip("only root can give away its rights to try this")
    tool("unshare")
    tool("setpriv")
    folder = Path("/dev/shm" if os.path.isdir("/dev/shm") else "/tmp") / f"syncd-state-{os.getpid()}"
    folder.mkdir(mode=0o700)
    os.chown(folder, NOBODY, NOBODY)
    try:
        code, said = run(*unprivileged(folder, "touch", folder / "tried"))
        if code != 0:
            pytest.skip(f"no namespace can be made here: {said.strip()[-200:]}")
        code, said = run(*unprivileged(folder, sys.executable, "-c", "import syncd, sys; sys.path"), cwd=folder)
        if code != 0:
            pytest.skip(f"nobody may not read this program: {said.strip()[-200:]}")
        (folder / "tried").unlink()
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def daemon(stage: Stage, state: Path) -> Iterator[str]:
    log = stage.folder / "log"
    command = unprivileged(state, sys.executable, "-m", "syncd", "run", "--config", state / "syncd.yaml")
    with log.open("w") as said:
        process = subprocess.Popen(
            command, cwd=state, stdin=subprocess.DEVNULL, stdout=said, stderr=said,
            env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip
    try:
        eventually(lambda: "http://" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        line = next(line for line in log.read_text().splitlines() if "http://" in line)
        assert f"Uid:\t{NOBODY}\t{NOBODY}" in Path(f"/proc/{process.pid}/status").read_text()
        assert "CapEff:\t0000000000000000" in Path(f"/proc/{process.pid}/status").read_text()
        yield next(word for word in line.split() if word.startswith("http://")).rstrip("/;,.")
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0, log.read_text()[-2000:]


def test_nothing_but_the_state_folder_can_be_written(state):
    for place in ("/tmp", "/var/tmp", ROOT, "/"):
        code, said = run(*unprivileged(state, "touch", Path(place) / "written"))
        assert code != 0, place
        assert "Read-only file system" in said or "Permission denied" in said


def test_nobody_in_a_read_only_tree_does_all_of_the_work(state, tmp_path):
    database = f"sqlite:///{state / 'syncd.db'}"
    with staged(tmp_path, generate_issues(10, seed=3), settings={"database": database}) as stage:
        shutil.copy(stage.config, state / "syncd.yaml")
        shutil.copytree(stage.folder / "mappings", state / "mappings")
        for path in (state, *state.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        with daemon(stage, state) as url:
            eventually(lambda: len(stage.incidents()) == 10 and ready(url)[0])
        assert len(stage.incidents()) == 10
    assert pwd.getpwuid((state / "syncd.db").stat().st_uid).pw_name == "nobody"
    written = {path.name for path in state.iterdir()}
    assert {name for name in written if not name.startswith("syncd.db")} == {"syncd.yaml", "mappings"}


def test_the_unit_takes_no_more_than_was_tried():
    unit = (ROOT / "deploy" / "systemd" / "syncd.service").read_text(encoding="utf-8").splitlines()
    assert {"CapabilityBoundingSet=", "ProtectSystem=strict", "StateDirectory=syncd", "NoNewPrivileges=yes"} <= set(
        unit
    )
