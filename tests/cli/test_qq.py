"""`roost qq`."""

from pathlib import Path

import pytest

from bot.__main__ import main


def test_the_steps_name_the_address_and_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["qq"]) == 0
    shown = capsys.readouterr().out
    assert "ws://127.0.0.1:8081/onebot/v11/ws" in shown
    assert "leave it empty" in shown
    assert "https://q.qq.com" in shown
    monkeypatch.setenv("ROOST_ONEBOT_TOKEN", "s3cret")
    (tmp_path / "own.toml").write_text('[onebot]\nport = 9000\ntoken_env = "ROOST_ONEBOT_TOKEN"\nhost = "0.0.0.0"\n')
    assert main(["qq", "--language", "zh", "--config", str(tmp_path / "own.toml")]) == 0
    shown = capsys.readouterr().out
    assert "ws://<this machine>:9000/onebot/v11/ws" in shown
    assert "与 ROOST_ONEBOT_TOKEN 相同" in shown
    assert "s3cret" not in shown
