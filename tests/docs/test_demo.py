"""The README's first command does what the README says: three addresses that answer, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from tests.acceptance.stage import eventually, get
from tests.docs.page import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_demo_prints_three_addresses_and_ctrl_c_leaves_nothing_behind(tmp_path):
    assert "prints three addresses: the status page" in README
    assert "`.venv/bin/syncd demo --port 0` takes a free port" in README
    folder, log = tmp_path / "tmp", tmp_path / "log"
    folder.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TMPDIR": str(folder)}
    with log.open("w") as said:
        command = [Path(sys.executable).with_name("syncd"), "demo", "--port", "0"]
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
    try:
        eventually(lambda: "Ctrl-C ends the demo" in log.read_text() or process.poll() is not None)
        addresses = dict(re.findall(r"^  (status page|Jira|ServiceNow) +(http://\S+)$", log.read_text(), re.MULTILINE))
        assert len(addresses) == 3, log.read_text()
        for address in addresses.values():
            code, page = get(address)
            assert (code, "<title>" in page) == (200, True), address
        assert list(folder.iterdir()) != []
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)
    assert code == 0, log.read_text()
    assert list(folder.iterdir()) == []
