"""`roost config`."""

from pathlib import Path

import pytest

from bot.__main__ import main


def test_config_show_and_path(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.toml").write_text('[discord]\ntoken_env = "DISCORD_TOKEN"\n[web]\nport = 81\n')
    monkeypatch.setenv("DISCORD_TOKEN", "very.secret.indeed")
    assert main(["config", "show"]) == 0
    shown = capsys.readouterr().out
    assert "port = 81" in shown
    assert "very" not in shown
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "bot.toml")
