"""The command line with standard streams that are closed, full or in another encoding."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOST = f"{sys.executable} -m bot"


def run(command: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=os.environ | environment, capture_output=True, timeout=480, check=False
    )


def test_closed_streams_are_empty() -> None:
    done = run(f"{ROOST} config path <&- 2>&-")
    assert (done.returncode, done.stdout.strip()) == (0, str(ROOT / "bot.toml").encode())
    assert run(f"{ROOST} config path >&-").returncode == 0


def test_a_full_disk_is_an_error() -> None:
    done = run(f"{ROOST} config show >/dev/full")
    assert done.returncode == 1
    assert done.stderr.decode().strip() == "roost: the output cannot be written: No space left on device"


def test_a_reader_that_has_gone_is_none() -> None:
    done = run(f"set -o pipefail; {ROOST} config show | true; sleep 0")
    assert done.stderr == b""


def test_what_an_encoding_lacks_is_replaced(tmp_path: Path) -> None:
    file = tmp_path / "bot.toml"
    file.write_text('[bot]\nname = "Eule 鸟"\n', encoding="utf-8")
    done = run(f"{ROOST} config show --config {file}", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0
    assert b'name = "Eule ?"' in done.stdout
