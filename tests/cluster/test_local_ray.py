"""A Ray that does not start or answer is reported clearly. Real clusters are in test_killed_replica.py."""

import socket
from types import SimpleNamespace

import pytest

pytest.importorskip("ray")

import ray

from bot.cluster import local_ray
from bot.cluster.local_ray import START_TRIES, connected, started
from bot.errors import UserError


@pytest.fixture(autouse=True)
def no_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray, "shutdown", lambda: None)


def test_a_busy_machine_gets_several_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[dict[str, object]] = []

    def init(**options: object) -> SimpleNamespace:
        tries.append(options)
        if len(tries) < START_TRIES:
            raise Exception("The current node timed out during startup.")
        return SimpleNamespace(address_info={"gcs_address": "10.0.0.5:1"})

    monkeypatch.setattr(ray, "init", init)
    with started(2) as address:
        assert address == "10.0.0.5:1"
    assert len(tries) == START_TRIES
    assert {each["num_cpus"] for each in tries} == {2}
    tries.clear()
    monkeypatch.setattr(local_ray, "START_TRIES", 1)
    with pytest.raises(UserError, match="could not be started"), started(2):
        raise AssertionError


def test_a_cluster_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**_: object) -> None:
        raise ConnectionError("Could not find any running Ray instance.")

    monkeypatch.setattr(ray, "init", init)
    with pytest.raises(UserError, match="No Ray cluster answers at auto"), connected("auto"):
        raise AssertionError


@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_an_address_at_which_nobody_listens_is_told_at_once(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def init(**_: object) -> None:
        raise AssertionError("Ray would try for minutes")

    monkeypatch.setattr(ray, "init", init)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        address = f"{scheme}127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(UserError, match=f"No Ray cluster answers at {address}"), connected(address):
        raise AssertionError
