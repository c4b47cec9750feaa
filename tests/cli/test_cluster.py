"""`roost cluster` without Ray, and its options. Real clusters are in tests/cluster/test_killed_replica.py."""

import sys
from pathlib import Path

import pytest

from bot.__main__ import build_parser, main
from bot.cluster.ray_environment import MODE, PATIENT


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PATIENT:
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv(MODE, "disabled")
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


@pytest.mark.parametrize("action", ["up", "status", "down"])
def test_without_ray_it_says_what_to_install(
    action: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["cluster", action, "--data", str(tmp_path)]) == 1
    assert "pip install 'roost[ray]'" in capsys.readouterr().err


def test_the_options() -> None:
    options = build_parser().parse_args(["cluster", "up", "serve.yaml", "--cores", "2", "--port", "0"])
    assert (options.file, options.cores, options.port, options.address) == (Path("serve.yaml"), 2, 0, "")
    assert build_parser().parse_args(["cluster", "down", "--address", "a:1"]).address == "a:1"
