"""`roost chat` in a separate process, with the demo model."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(600)  # each start imports torch, which is slow on a busy machine
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("ROOST_", "DISCORD_"))}
ROOST = [sys.executable, "-m", "bot"]


def chat(folder: Path, text: str, *arguments: str) -> list[str]:
    done = subprocess.run(
        [*ROOST, "chat", "--data", str(folder), *arguments], cwd=ROOT, env=CLEAN, input=text, text=True,
        capture_output=True, timeout=4 * PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_lines_from_a_pipe_are_answered(tmp_path: Path) -> None:
    lines = chat(tmp_path, "hello\n+reset\n", "--seed", "5")
    assert len(lines) == 2
    assert all(line.strip() for line in lines)
    again = chat(tmp_path, "+undo\n+history\n+reset\nhello\n", "--seed", "5")
    assert any(lines[0] in line for line in again[:-1]), "it is there after a restart"
    assert again[-1] == lines[0], "the same seed, the same words"


def test_a_signal_ends_a_chat_that_waits_for_input(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*ROOST, "chat", "--data", str(tmp_path)], cwd=ROOT, env=CLEAN, text=True, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("hello\n")
        process.stdin.flush()
        assert process.stdout.readline().strip()
        process.send_signal(signal.SIGINT)
        assert process.wait(4 * PATIENCE) == 0


def test_a_refused_line_in_a_pipe_is_an_exit_code_and_bad_bytes_are_none(tmp_path: Path) -> None:
    done = subprocess.run(
        [*ROOST, "chat", "--data", str(tmp_path)], cwd=ROOT, env=CLEAN | {"PYTHONIOENCODING": "utf-8:strict"},
        input=b"h\xffllo\n+nonsense\n+history\n", capture_output=True, timeout=4 * PATIENCE, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no command +nonsense" in done.stdout.decode()
    assert "h\ufffdllo" in done.stdout.decode(), "what came after it was answered too"
    assert done.stderr == b""


def test_an_encoding_without_these_letters_gets_the_reply_with_others(tmp_path: Path) -> None:
    done = subprocess.run(
        [*ROOST, "chat", "--data", str(tmp_path), "--seed", "1"], cwd=ROOT, env=CLEAN | {"PYTHONIOENCODING": "cp1252"},
        input=b"+prompts\nhello\n", capture_output=True, timeout=4 * PATIENCE, check=False,
    )  # fmt: skip
    prompts, reply = done.stdout.decode("cp1252").rstrip().rsplit("\n", 1)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "`chat-ja` ??" in prompts
    assert reply.strip()
    assert "went wrong" not in done.stdout.decode("cp1252")


def test_what_is_exported_in_a_pipe_is_a_file(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [*ROOST, "chat", "--data", str(data)]
    where = CLEAN | {"PYTHONPATH": str(ROOT)}
    for text in ("hello\n+export\n", "+reset\n+import @conversation.json\n+history\n"):
        done = subprocess.run(
            command, cwd=tmp_path, env=where, input=text, text=True, capture_output=True, timeout=4 * PATIENCE,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout
    assert "hello" in done.stdout
    assert json.loads((tmp_path / "conversation.json").read_text())
