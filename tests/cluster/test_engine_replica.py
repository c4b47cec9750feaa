"""A replica announces itself, serves bots directly, and leaves before it closes."""

from pathlib import Path

import httpx
import pytest

from bot.cluster import engine_replica
from bot.cluster.engine_replica import EngineReplica
from bot.cluster.scaling import QUEUED, ROWS, RUNNING
from bot.config.schema import BotSection, Config
from tests.waiting import until


async def test_a_replica_from_its_start_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_replica, "BEAT_SECONDS", 0.01)
    told: list[dict[str, object]] = []
    left: list[str] = []

    async def announce(given: dict[str, object]) -> None:
        told.append(given)
        if len(told) == 1:
            raise ConnectionError("the directory is still starting")

    async def leave(name: str) -> None:
        left.append(name)
        raise ConnectionError("the directory is gone")

    config = Config(bot=BotSection(data=str(tmp_path)))
    replica = EngineReplica(config, "127.0.0.1", "key", announce, leave)
    with pytest.raises(RuntimeError, match="closed"):
        replica.check()
    await replica.start()
    await until(lambda: len(told) > 1)
    replica.check()
    assert replica.load() == {RUNNING: 0, QUEUED: 0, ROWS: 32}
    url = str(told[-1]["url"])
    async with httpx.AsyncClient(base_url=url, headers={"Authorization": "Bearer key"}, timeout=60) as client:
        assert (await client.get("/engine")).json()["info"]["name"] == "demo"
        await replica.close()
        assert left == [told[-1]["name"]]
        with pytest.raises(httpx.TransportError):
            await client.get("/engine")
    with pytest.raises(RuntimeError, match="closed"):
        replica.check()
    await replica.close()
