"""The command line as a user meets it."""

import argparse
import sqlite3
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
    assert set(choices) == names
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
        [],
        ["rnu"],
        ["chat", "--seed", "x"],
        ["run", "--port", "99999"],
        ["chat", "--channel", "x" * 256],
    ):
        with pytest.raises(SystemExit) as caught:
            main(arguments)
        assert caught.value.code == 2
    assert "invalid choice: 'rnu'" in capsys.readouterr().err


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


def test_the_database_is_upgraded_checked_and_copied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "check", "--data", "d"]) == 1
    assert main(["db", "backup", "b.db", "--data", "d"]) == 1
    assert "There is no database yet" in capsys.readouterr().err
    assert main(["db", "upgrade", "--data", "d"]) == 0
    assert "(was blank)" in capsys.readouterr().out
    assert main(["db", "upgrade", "--data", "d"]) == 0
    assert main(["db", "check", "--data", "d"]) == 0
    assert "ok: 0 channels, 0 turns" in capsys.readouterr().out
    assert main(["db", "backup", "b.db", "--data", "d"]) == 0
    assert main(["db", "backup", "b.db", "--data", "d"]) == 1, "a backup overwrites nothing"
    with sqlite3.connect(tmp_path / "b.db") as copy:
        assert copy.execute("SELECT count(*) FROM channels").fetchone() == (0,)
    copy.close()


def test_damage_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "upgrade", "--data", "d"]) == 0
    with sqlite3.connect(tmp_path / "d" / "roost.db") as connection:
        connection.execute("INSERT INTO messages (platform, channel, message_id, node_id) VALUES ('p', 'c', 'm', 99)")
    connection.close()
    assert main(["db", "check", "--data", "d"]) == 1
    assert "broken reference in messages" in capsys.readouterr().out


def test_doctor_tells_what_is_wrong_and_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.toml").write_text('[web]\nhost = "0.0.0.0"\nport = 0\n[chat]\nprompt = "nope"\n')
    monkeypatch.setenv("ROOST_CONFIG", str(tmp_path / "bot.toml"))
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "!!  web: 0.0.0.0 is open to others and [web] token is empty: set ROOST_WEB_TOKEN" in told
    assert '!!  prompts: [chat] prompt is "nope"; there are: ' in told
    assert "--  discord: not connected" in told
    assert "2 problems found." in told
    (tmp_path / "bot.toml").write_text('[web]\nport = 0\n[discord]\ntoken = "abc"\n')
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "!!  discord: the token does not look like a bot's" in told
    assert "abc" not in told
    (tmp_path / "bot.toml").write_text("[web]\nport = 0\n")
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "All is well." in told
    assert "ok  memory: the model needs about" in told
    (tmp_path / "bot.toml").write_text("[web]\nport = 0\n[engine]\nrows = 1000\n")
    monkeypatch.setattr("bot.engine.files.memory.free_memory", lambda device: 500_000_000)
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "for the states of 1000 rows), 500 MB are free. Choose a smaller model, fewer [engine] rows" in told
