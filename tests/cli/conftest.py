"""Run the commands in an empty folder, without a configuration file."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ROOST_CONFIG", "ROOST_DATA", "DISCORD_TOKEN", "ROOST_WEB_TOKEN", "ROOST_ONEBOT_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path
