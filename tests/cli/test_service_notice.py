"""Notifications to systemd."""

import logging
import socket
import sys
from pathlib import Path

import pytest

from bot.cli.service_notice import READY, tell_service_manager

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="systemd is Linux's")


@pytest.mark.parametrize("abstract", [False, True])
def test_it_hears_that_the_bot_is_up(abstract: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = f"@roost-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name.replace("@", "\0"))
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        tell_service_manager(READY)
        assert systemd.recv(100) == b"READY=1"


def test_elsewhere_nothing_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    tell_service_manager(READY)
    assert caplog.records == []
    caplog.set_level(logging.WARNING)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    tell_service_manager(READY)
    assert "could not be told" in caplog.text
