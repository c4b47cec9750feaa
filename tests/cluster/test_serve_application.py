"""What Serve is given to deploy. Real replicas are in test_killed_replica.py."""

import pytest

pytest.importorskip("ray")

from bot.cluster.serve_application import DIRECTORY, ENGINE, DirectoryDeployment, EngineDeployment, build
from bot.errors import ConfigError


def test_a_directory_and_engines() -> None:
    assert (DirectoryDeployment.name, EngineDeployment.name) == (DIRECTORY, ENGINE)
    assert DirectoryDeployment.num_replicas == 1, "the list of replicas is in its memory"
    assert build({"host": "127.0.0.1"}) is not None
    with pytest.raises(ConfigError, match="hots"):
        build({"hots": "127.0.0.1"})
