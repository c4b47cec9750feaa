"""kill -9 at random points of a running conversation: nothing finished is lost, nothing partial is kept."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import make_core
from bot.chat.conversations import Conversations
from bot.chat.retokenizing import Vocabulary
from bot.store.node import Node
from bot.store.store import open_store
from tests.crash import talker

ROOT = Path(__file__).resolve().parent.parent.parent


@asynccontextmanager
async def reopened(kind: str, folder: Path) -> AsyncIterator[Conversations]:
    config = talker.configuration(folder)
    engine = talker.engine_of(kind, config)
    vocabulary = Vocabulary(engine)
    async with open_store("", folder, coder=vocabulary) as store:
        await engine.start()
        conversations = Conversations(await make_core(config, engine, store, vocabulary))
        try:
            yield conversations
        finally:
            await conversations.close()  # its states are written before the store is closed
            await engine.close()


class Reference:
    """The turns of a run that is never killed, created on demand."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def turns(self, count: int) -> list[Node]:
        talk = await self._conversations.open("test", "a")
        done = len(await talk.channel.history()) - 1
        for turn in range(done, count):
            await talker.take_turn(talk, turn)
        return (await talk.channel.history())[: count + 1]


def bare(nodes: list[Node]) -> list[Node]:
    """The fields that must agree: all except ids, times and speeds."""
    return [
        replace(
            node, id=0, channel=0, parent=None, created=None, names=(),
            sampling={key: value for key, value in node.sampling.items() if key != "tokens_per_second"},
        )
        for node in nodes
    ]  # fmt: skip


def run_until_killed(kind: str, folder: Path, chance: random.Random, longest: float) -> int:
    """Let it talk and kill it at a random moment; return how many finished turns it had reported."""
    command = [sys.executable, "-m", "tests.crash.talker", kind, str(folder), "100000"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "OMP_NUM_THREADS": "1"}
    ) as child:
        assert child.stdout is not None
        told = []
        if chance.random() < 0.8:  # usually while it talks, otherwise while it starts
            assert child.stdout.readline() == b"ready\n", "it starts again after every kill"
            told = [child.stdout.readline() for _ in range(chance.randint(0, 2))]
        try:
            child.wait(chance.uniform(0, longest))
        except subprocess.TimeoutExpired:
            child.send_signal(signal.SIGKILL)
        told += child.stdout.read().splitlines()
    assert child.returncode == -signal.SIGKILL, "it talks until it is killed"
    return max((int(line) for line in told if line.strip().isdigit()), default=0)


def check_file(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()


async def survive(kind: str, kills: int, folder: Path, longest: float) -> None:
    chance = random.Random(20 + kills)
    told = 0
    async with reopened(kind, folder / "whole") as whole:
        reference = Reference(whole)
        for _ in range(kills):
            told = max(told, await asyncio.to_thread(run_until_killed, kind, folder / "killed", chance, longest))
            if not (folder / "killed" / "roost.db").exists():
                continue
            check_file(folder / "killed" / "roost.db")
            async with open_store("", folder / "killed") as store:
                row = await store.channels.find("test", "a")
                path = [] if row is None or row.head is None else await store.nodes.path(row.head)
            assert len(path) - 1 >= told, "what was told as finished is there"
            assert bare(path) == bare(await reference.turns(len(path) - 1))[: len(path)]
        assert told > kills / 4, "it did talk between the kills"
        async with reopened(kind, folder / "killed") as conversations:  # and the next reply is unchanged
            talk = await conversations.open("test", "a")
            turns = len(await talk.channel.history()) - 1
            for turn in range(turns, turns + 3):
                await talker.take_turn(talk, turn)
            assert bare(await talk.channel.history()) == bare(await reference.turns(turns + 3))


async def test_killed_ten_times(tmp_path: Path) -> None:
    await survive("fake", 10, tmp_path, 0.1)


@pytest.mark.slow
async def test_killed_two_hundred_times(tmp_path: Path) -> None:
    await survive("fake", 200, tmp_path, 0.1)


@pytest.mark.slow
async def test_killed_on_the_demo_model(tmp_path: Path) -> None:
    await survive("demo", 12, tmp_path, 1.0)
