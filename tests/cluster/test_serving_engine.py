"""An engine behind its server, with the demo model."""

import socket
from pathlib import Path

import httpx
import pytest

from bot.cluster.serving_engine import serving
from bot.config.schema import BotSection, Config
from bot.errors import UserError


async def test_a_port_in_use_is_told_before_the_model_is_loaded(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UserError, match="--port"):
        async with serving(Config(bot=BotSection(data=str(tmp_path))), "127.0.0.1", taken.getsockname()[1], ""):
            raise AssertionError


async def test_the_demo_model_answers(tmp_path: Path) -> None:
    headers, body = {"Authorization": "Bearer secret"}, {"tokens": [1, 2, 3], "sampling": {"max_tokens": 3, "seed": 1}}
    config = Config(bot=BotSection(data=str(tmp_path)))
    async with (
        serving(config, "127.0.0.1", 0, "secret") as served,
        httpx.AsyncClient(base_url=served.url, headers=headers, timeout=60) as client,
    ):
        assert (await client.get("/engine")).json()["info"]["name"] == "demo"
        assert '"end":"length"' in (await client.post("/engine/requests", json=body)).text
