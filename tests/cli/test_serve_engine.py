"""`roost engine` refuses to be open to everyone."""

import argparse

import pytest

from bot.cli.serve_engine import read_key
from bot.config.schema import Config, EngineSection
from bot.errors import ConfigError


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
