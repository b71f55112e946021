"""What systemd is told, over a real socket."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from syncd.daemon.systemd import notify


@pytest.fixture
def manager(tmp_path, monkeypatch) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5.0)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield manager


def test_ready(manager):
    notify("READY=1\nSTATUS=Serving")
    assert manager.recv(100) == b"READY=1\nSTATUS=Serving"


def test_an_abstract_socket(monkeypatch, tmp_path):
    name = f"syncd-test-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}")
        manager.settimeout(5.0)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}")
        notify("WATCHDOG=1")
        assert manager.recv(100) == b"WATCHDOG=1"


def test_a_manager_that_went_away_stops_nothing(manager, caplog, tmp_path):
    (tmp_path / "notify").unlink()
    with caplog.at_level("DEBUG", "syncd.daemon.systemd"):
        notify("WATCHDOG=1")
    assert "systemd was not told WATCHDOG=1" in caplog.text


def test_without_systemd_nothing_is_sent(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)

    def no_socket(*_: object) -> socket.socket:
        raise AssertionError("nobody is there to be told")

    monkeypatch.setattr(socket, "socket", no_socket)
    notify("READY=1")
