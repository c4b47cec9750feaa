"""`roost discord invite`."""

from pathlib import Path

import pytest

from bot.__main__ import main
from bot.cli.discord import application_of


def test_the_link_names_the_account_of_the_token(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "MTIzNDU2Nzg5MDEyMzQ1Njc4.abcdef.ghijklmnop")
    config = tmp_path / "bot.toml"
    config.write_text('[discord]\ntoken_env = "DISCORD_TOKEN"\n')
    assert main(["discord", "invite", "--config", str(config)]) == 0
    shown = capsys.readouterr().out
    assert "client_id=123456789012345678" in shown
    assert "Message Content Intent" in shown
    assert "ghijklmnop" not in shown


def test_without_an_account_it_says_what_to_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "bot.toml"
    config.write_text("")
    assert main(["discord", "invite", "--config", str(config)]) == 1
    assert "application_id" in capsys.readouterr().err


@pytest.mark.parametrize("token", ["", "nonsense", "####.a.b", "aGVsbG8=.a.b"])
def test_a_strange_token_names_nobody(token: str) -> None:
    assert application_of(token) is None
