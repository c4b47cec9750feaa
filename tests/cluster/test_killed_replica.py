"""kill -9 of a replica in a real Ray cluster amid 32 replies: each is answered once, with unchanged text."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.config.schema import EngineSection
from bot.remote.remote_engine import RemoteEngine
from tests.cluster.cluster_process import cluster_process, stored_states
from tests.remote.processes import KEY
from tests.remote.talking import talk_and_kill, talk_quietly

COUNT = 32


@pytest.mark.slow
@pytest.mark.load  # on a machine with a load of 20, Ray does not start
async def test_each_message_is_answered_once_with_its_own_words(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with cluster_process(tmp_path) as cluster:
        url = await asyncio.to_thread(cluster.url)
        section = EngineSection(cluster=url, key=SecretStr(KEY), start_s=600.0)
        killed: list[str] = []

        def kill(engine: RemoteEngine) -> None:
            victim = next(each.url for each in engine.replicas if each.condition == "up")
            cluster.replica_at(victim).kill()
            killed.append(victim)

        found = await talk_and_kill(tmp_path / "killed", section, kill, COUNT)
        assert len(killed) == 1
        wanted = await talk_quietly(tmp_path / "quiet", section, COUNT)
        assert [len(turns) for turns in found] == [3] * COUNT, "once each"
        assert found == wanted
        assert await asyncio.to_thread(cluster.stop) == 0
    assert stored_states(cluster.data) >= COUNT, "written while draining"
