"""The arguments of the Serve file, and who may reach a replica."""

from pathlib import Path

import pytest

from bot.cluster.replica_settings import ClusterSettings, read_settings, replica_config, replica_host
from bot.errors import ConfigError


def test_unknown_arguments_are_named() -> None:
    assert read_settings({"host": "10.0.0.5"}) == ClusterSettings(host="10.0.0.5")
    with pytest.raises(ConfigError, match=r"args\.hots"):
        read_settings({"hots": "10.0.0.5"})
    with pytest.raises(ConfigError, match=r"args\.data"):
        read_settings({"data": 3})


def test_a_replica_uses_the_cores_that_it_was_given(tmp_path: Path) -> None:
    file = tmp_path / "bot.toml"
    file.write_text("[engine]\nrows = 3\n", encoding="utf-8")
    config = replica_config(ClusterSettings(config=str(file), data=str(tmp_path / "states")), cores=4)
    assert (config.engine.rows, config.engine.threads, config.data) == (3, 4, tmp_path / "states")
    assert replica_config(ClusterSettings(config=str(file)), cores=0).engine.threads == 0
    file.write_text("[engine]\nthreads = 2\n", encoding="utf-8")
    assert replica_config(ClusterSettings(config=str(file)), cores=4).engine.threads == 2


def test_others_reach_a_replica_with_a_key_only() -> None:
    assert replica_host(ClusterSettings(), "", "10.0.0.5") == "127.0.0.1"
    assert replica_host(ClusterSettings(), "key", "10.0.0.5") == "10.0.0.5"
    assert replica_host(ClusterSettings(host="127.0.0.1"), "key", "10.0.0.5") == "127.0.0.1"
    for host in ("0.0.0.0", "10.0.0.5"):  # noqa: S104  # not bound
        with pytest.raises(ConfigError, match="set a key"):
            replica_host(ClusterSettings(host=host), "", "10.0.0.5")
