"""The wheel, built from the container image's files, is complete and runs from an empty folder."""

import json
import os
import re
import shutil
import signal
import site
import subprocess
import sys
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.examples.test_deployment import copied

ROOT = Path(__file__).resolve().parents[1]
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("ROOST_", "DISCORD_", "PYTHON"))}
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3000)]  # a new location: all kernels are compiled


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("dist")
    for name in copied():
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        target,
        source,
    ]
    subprocess.run(command, check=True)
    (made,) = target.iterdir()
    return made


def test_it_has_every_file(wheel: Path) -> None:
    packed = set(zipfile.ZipFile(wheel).namelist())
    for folder, place in (("bot", "bot"), ("prompts", "bot/_data/prompts"), ("migrations", "bot/_data/migrations"),
                          ("models/demo", "bot/_data/models/demo")):  # fmt: skip
        files = [
            path
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and path.suffix not in (".pyc", ".nbi", ".nbc")
        ]
        assert files
        missing = [path for path in files if f"{place}/{path.relative_to(ROOT / folder).as_posix()}" not in packed]
        assert missing == []
    assert "bot/_data/bot.toml" in packed
    assert not any(name.startswith(("tests/", "tools/", "training/")) for name in packed)


def test_it_answers_from_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", symlinks=os.name != "nt")
    python = tmp_path / "venv" / "bin" / "python"
    install: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "-q",
        "--python",
        python,
        "install",
        "--no-deps",
        "--no-index",
        wheel,
    ]
    subprocess.run(install, check=True, env=CLEAN)
    (own,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (own / "others.pth").write_text("\n".join(site.getsitepackages()), encoding="utf-8")  # its dependencies
    folder = tmp_path / "empty"
    folder.mkdir()
    environment = {**CLEAN, "HOME": str(tmp_path / "home"), "XDG_DATA_HOME": str(tmp_path / "home" / "share")}
    command: list[str | Path] = [tmp_path / "venv" / "bin" / "roost", "run", "--port", "0"]
    with subprocess.Popen(
        command, cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            told = ""
            while (found := re.search(r"web: (http://\S+)", told)) is None:
                line = process.stdout.readline()
                assert line, told
                told += line
            body = json.dumps({"model": "any", "max_tokens": 5, "messages": [{"role": "user", "content": "hello"}]})
            request = urllib.request.Request(  # noqa: S310  # our own address
                f"{found[1]}v1/chat/completions", body.encode(), {"Content-Type": "application/json"}
            )
            with urllib.request.urlopen(request) as answer:  # noqa: S310  # our own address
                assert json.load(answer)["choices"][0]["message"]["content"]
            with urllib.request.urlopen(found[1]) as answer:  # noqa: S310  # our own address
                assert b"<html" in answer.read()
            process.send_signal(signal.SIGTERM)
            assert process.wait(300) == 0
        finally:
            process.kill()
    assert list(folder.iterdir()) == [], "nothing is left where it was started"
    assert (tmp_path / "home" / "share" / "roost" / "data" / "roost.db").is_file()
