"""kill -9 of one of two engines during many replies: each message is answered once, with unchanged text."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config.schema import EngineSection
from bot.remote.remote_engine import RemoteEngine
from tests.remote.processes import KEY, engine_processes
from tests.remote.talking import talk_and_kill, talk_quietly


@pytest.mark.parametrize("count", [6, pytest.param(32, marks=pytest.mark.slow)])
async def test_each_message_is_answered_once_with_its_own_words(tmp_path: Path, count: int) -> None:
    with engine_processes(tmp_path, 2) as processes:
        urls = [await asyncio.to_thread(each.url) for each in processes]
        engines: list[RemoteEngine] = []

        def kill(engine: RemoteEngine) -> None:
            engines.append(engine)
            processes[0].kill()

        both = EngineSection(urls=urls, key=SecretStr(KEY))
        found = await talk_and_kill(tmp_path / "killed", both, kill, count)
        assert [view.condition for view in engines[0].replicas] == ["down", "up"]
        wanted = await talk_quietly(tmp_path / "quiet", EngineSection(urls=urls[1:], key=SecretStr(KEY)), count)
    assert [len(turns) for turns in found] == [3] * count, "once each"
    assert found == wanted
