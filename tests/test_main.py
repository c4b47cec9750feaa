"""The command line, as a user sees it."""

import argparse
from pathlib import Path

import pytest

from bot.__main__ import build_parser, families, main


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("ROOST_CONFIG", "ROOST_DATA", "DISCORD_TOKEN", "ROOST_WEB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_family_has_help_and_work_to_do() -> None:
    parser = build_parser()
    names = {module.__name__.rpartition(".")[2] for module in families()}
    assert {"run", "chat", "config", "doctor", "db"} <= names
    choices = next(action for action in parser._actions if isinstance(action, argparse._SubParsersAction)).choices
    assert set(choices) == names - {"serve_engine"} | {"engine"}, "no two modules have one name"
    for name, family in choices.items():
        assert family.format_help().strip(), name


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--help"], ["run", "--help"], ["--version"]):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 0
    assert "roost run" in capsys.readouterr().out


def test_wrong_usage_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (
        ["rnu"],
        ["chat", "--seed", "x"],
        ["run", "--port", "99999"],
        ["chat", "--channel", "x" * 256],
    ):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert "invalid choice: 'rnu'" in capsys.readouterr().err


def test_without_a_command_the_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Start with: roost run" in capsys.readouterr().err


def test_a_wrong_configuration_is_one_clear_message(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bot.toml").write_text("[web]\nprot = 1\n")
    for arguments in (["run"], ["chat"], ["config", "show"], ["db", "check"]):
        assert main(arguments) == 1
        told = capsys.readouterr().err
        assert told.startswith("roost: ")
        assert "[web] prot: unknown key (did you mean port?)" in told
        assert "Traceback" not in told
    assert main(["doctor"]) == 1
    assert "!!  configuration: " in capsys.readouterr().out


def test_a_missing_model_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bot.toml").write_text('[model]\npath = "nowhere.pth"\n')
    assert main(["chat"]) == 1
    assert f"[model] path: there is no file {tmp_path / 'nowhere.pth'}" in capsys.readouterr().err
