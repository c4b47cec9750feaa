"""Options shared by several commands."""

import argparse
from pathlib import Path

import pytest

from bot.__main__ import build_parser, main
from bot.cli.options import port


def test_options_stand_before_the_command_or_after_it() -> None:
    parser = build_parser()
    for arguments in (["--config", "a", "--data", "d", "run"], ["run", "--config", "a", "--data", "d"]):
        options = parser.parse_args(arguments)
        assert (options.config, options.data) == ("a", "d")
    assert parser.parse_args(["--config", "a", "run", "--config", "b"]).config == "b"
    assert parser.parse_args(["run"]).config is None


def test_ports() -> None:
    assert port("0") == 0
    assert port("65535") == 65535
    for wrong in ("65536", "99999", "-1", "x", "", "8 0"):
        with pytest.raises(argparse.ArgumentTypeError, match="expected a port, 0 to 65535"):
            port(wrong)


def test_data_that_is_a_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch()
    for data in (file, file / "deeper"):
        for command in (["db", "check"], ["chat"], ["run"]):
            assert main([*command, "--data", str(data)]) == 1
            assert f"The data folder cannot be {data}: {file} is a file." in capsys.readouterr().err
