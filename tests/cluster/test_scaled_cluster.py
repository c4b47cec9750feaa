"""A real Ray cluster under load: a second replica is started, ends when it is idle, and its states are kept."""

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.chat.conversations import Conversations
from bot.config.schema import EngineSection
from tests.cluster.cluster_process import FILE, cluster_process, stored_states
from tests.remote.processes import KEY
from tests.remote.talking import bot_over, everybody, said, talk_quietly
from tests.waiting import until

COUNT = 16
ROWS = 4
SCALED = FILE.replace(
    "num_replicas: 2",
    "autoscaling_config: {min_replicas: 1, max_replicas: 2, upscale_delay_s: 1, downscale_delay_s: 10,"
    " metrics_interval_s: 1, look_back_period_s: 3,"
    " policy: {policy_function: 'bot.cluster.scaling:replicas_wanted'}}",
)
RAY_PATIENCE = 600.0  # a replica is a new process, and loads the model


async def talk_until(conversations: Conversations, enough: asyncio.Event) -> None:
    """Talk in ``COUNT`` other channels again and again until ``enough``."""
    while not enough.is_set():
        await everybody(conversations, COUNT, "go on", first=COUNT)


@pytest.mark.slow
@pytest.mark.load  # on a machine with a load of 20, Ray does not start
async def test_a_second_replica_comes_with_the_load_and_goes_with_it(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    with cluster_process(tmp_path, SCALED, rows=ROWS) as cluster:
        url = await asyncio.to_thread(cluster.url)
        section = EngineSection(cluster=url, key=SecretStr(KEY), start_s=600.0)
        async with bot_over(tmp_path / "scaled", section) as (conversations, engine):
            assert len(engine.replicas) == 1
            await everybody(conversations, COUNT, "what is")
            enough = asyncio.Event()
            talking = asyncio.create_task(talk_until(conversations, enough))
            await until(lambda: sum(each.condition == "up" for each in engine.replicas) == 2, RAY_PATIENCE)
            await everybody(conversations, COUNT, "tell me of")
            code, shown = await asyncio.to_thread(cluster.run, "status")
            assert (code, shown.splitlines()[0]) == (0, "roost: RUNNING, 2 engines"), shown
            assert shown.count(f"of {ROWS} rows in use") == 2
            enough.set()
            await talking
            await until(lambda: sum(each.condition == "up" for each in engine.replicas) == 1, RAY_PATIENCE)
            await until(lambda: stored_states(cluster.data), RAY_PATIENCE)  # by the replica that has ended
            await everybody(conversations, COUNT, "and why")
            found = await said(conversations, COUNT)
        assert found == await talk_quietly(tmp_path / "quiet", section, COUNT)
        code, shown = await asyncio.to_thread(cluster.run, "down")
        assert code == 0, shown
        assert await asyncio.to_thread(cluster.ended) == 0
        code, shown = await asyncio.to_thread(cluster.run, "status")
        assert code != 0
        assert "No Ray cluster answers" in shown
    assert stored_states(cluster.data) >= COUNT
