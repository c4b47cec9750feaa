"""`roost plugin`."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.__main__ import main

GOOD = '"""A plugin."""\n'


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    file = tmp_path / "bot.toml"
    file.write_text('[plugins]\ndisabled = ["fixed"]\n', encoding="utf-8")
    (tmp_path / "plugins").mkdir()
    for name in ("good", "fixed", "bad"):
        text = "1/0" if name == "bad" else GOOD
        (tmp_path / "plugins" / f"{name}.py").write_text(text, encoding="utf-8")
    return ["--config", str(file)]


def test_list_disable_enable(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugin", "list", *place]) == 1, "one of them fails"
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert " on " in lines["good"]
    assert " off " in lines["fixed"]
    assert "fails: ZeroDivisionError" in lines["bad"]
    assert main(["plugin", "disable", "bad", *place]) == 0
    assert main(["plugin", "list", *place]) == 0
    assert " off " in capsys.readouterr().out.splitlines()[-3]
    assert main(["plugin", "enable", "bad", *place]) == 0
    assert main(["plugin", "list", *place]) == 1


def test_errors_say_what_to_do(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plugin", "enable", "fixed", *place]) == 1
    assert "[plugins] disabled" in capsys.readouterr().err
    assert main(["plugin", "disable", "nothing", *place]) == 1
    assert "Installed: bad, fixed, good" in capsys.readouterr().err
    for name in ("../x", "Big", "with-dash", "class!"):
        assert main(["plugin", "new", name, *place]) == 1
        assert "small letters" in capsys.readouterr().err


def test_new_writes_a_plugin_that_works_and_is_tested(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    folder = Path(place[1]).parent / "plugins"
    assert main(["plugin", "new", "wave", *place]) == 0
    assert main(["plugin", "new", "wave", *place]) == 1
    assert "nothing was written" in capsys.readouterr().err
    test = folder / "wave" / "test_wave.py"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(test.parent), str(test)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, cwd=test.parent)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
    plain = subprocess.run([sys.executable, str(test)], capture_output=True, text=True, env=environment, check=False)
    assert (plain.returncode, plain.stdout) == (0, "passed\n"), plain.stderr
    main(["plugin", "list", *place])
    assert "wave" in capsys.readouterr().out
