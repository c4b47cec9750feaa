"""kill -9 during a scene: every pending line that was reported as finished is kept, and the scene continues."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

from tests.conversations import open_conversations
from tests.crash.scene_player import ROLES, lines_so_far, play_line
from tests.crash.test_kill import ROOT, check_file
from tests.fakes import FakeEngine

KILLS = 5


def play_until_killed(folder: Path, chance: random.Random) -> int:
    """Let it play and kill it at a random moment; return how many finished lines it had reported."""
    command = [sys.executable, "-m", "tests.crash.scene_player", str(folder), "100000"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"ready\n", "it starts again after every kill"
        told = [child.stdout.readline() for _ in range(chance.randint(1, 6))]
        try:
            child.wait(chance.uniform(0, 0.05))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        told += child.stdout.read().splitlines()
    assert child.returncode == -signal.SIGKILL, "it plays until it is killed"
    return max(int(line) for line in told if line.strip().isdigit())


async def test_pending_lines_outlive_kills(tmp_path: Path) -> None:
    chance, waited = random.Random(15), 0
    for _ in range(KILLS):
        told = play_until_killed(tmp_path, chance)
        check_file(tmp_path / "roost.db")
        engine = FakeEngine()
        async with open_conversations(tmp_path, engine) as conversations:
            talk = await conversations.open("test", "a")
            lines = (await talk.scene.stage()).lines
            waiting = await talk.pending.lines()
            assert len(lines) >= told, "what was told as finished is there"
            assert [line.id for line in lines[len(lines) - len(waiting) :]] == [line.id for line in waiting]
            assert [line.speaker for line in lines] == [ROLES[at % 2].name for at in range(len(lines))]
            assert all(line.output for line in lines), "no line is half"
            waited += len(waiting)
            await play_line(talk, len(lines))
            assert await lines_so_far(talk) == len(lines) + 1
    assert waited, "some lines were pending when it was killed"
