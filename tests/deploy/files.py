"""Where the files of deploy/ are, and the tools that judge them. Without its tool a test is skipped, and says so."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yaml"


def tool(name: str) -> str:
    """The tool's path: beside this Python, or on the PATH."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def run(*words: str | Path, cwd: Path | None = None) -> tuple[int, str]:
    """Exit code and everything that was said."""
    done = subprocess.run(
        [str(word) for word in words], cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def documents(file: Path) -> list[dict[str, Any]]:
    return [document for document in yaml.safe_load_all(file.read_text(encoding="utf-8")) if document is not None]


def alerts() -> dict[str, dict[str, Any]]:
    """The alerts of rules.yaml, by name."""
    (document,) = documents(RULES)
    return {rule["alert"]: rule for group in document["groups"] for rule in group["rules"] if "alert" in rule}


def recorded() -> set[str]:
    (document,) = documents(RULES)
    return {rule["record"] for group in document["groups"] for rule in group["rules"] if "record" in rule}
