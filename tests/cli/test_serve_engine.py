"""`roost engine` refuses to be open to everyone, and serves bots with the demo model."""

import argparse
import socket
from pathlib import Path

import httpx
import pytest

from bot.cli.serve_engine import read_key, serving
from bot.config.schema import BotSection, Config, EngineSection
from bot.errors import ConfigError, UserError


def options(host: str = "127.0.0.1", key_env: str | None = None) -> argparse.Namespace:
    return argparse.Namespace(host=host, key_env=key_env)


def test_others_come_with_a_key_only(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_key(options(), Config()) == ""
    for host in ("0.0.0.0", "::", "10.1.2.3", "engine.example"):  # noqa: S104  # not bound
        with pytest.raises(ConfigError, match="open to others"):
            read_key(options(host), Config())
    with pytest.raises(ConfigError, match="NO_SUCH_KEY is not set"):
        read_key(options(key_env="NO_SUCH_KEY"), Config())
    monkeypatch.setenv("MY_KEY", "abc")
    assert read_key(options("10.1.2.3", "MY_KEY"), Config()) == "abc"
    configured = Config.model_validate({"engine": EngineSection.model_validate({"key": "def"})})
    assert read_key(options("10.1.2.3"), configured) == "def"


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
