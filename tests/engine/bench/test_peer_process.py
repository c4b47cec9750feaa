"""Other packages' models, each in its own process. The rwkv package is real, rwkvserve is replaced by a fake."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.bench import PEERS
from bot.engine.bench.peer import Peer, PeerSettings
from bot.engine.bench.peer_process import PACKAGES
from bot.engine.files.convert import write_random
from bot.errors import ModelError

# It checks what it is given, and prints, which must not be taken for an answer.
MODEL = """
import torch

class RWKV7Model:
    def __init__(self, config):
        print("loading")
        assert set(config.sizes) == {
            "n_layer", "n_embd", "vocab_size", "dim_att_lora", "dim_gate_lora", "dim_mv_lora"
        }
        self.width = config.sizes["n_embd"]

    def state_dict(self):
        return {"blocks.0.att.x_r": torch.zeros(1, 1, self.width)}

    def load_state_dict(self, weights):
        assert weights["blocks.0.att.x_r"].shape == (1, 1, self.width)
        assert weights["emb.weight"].shape[1] == self.width

    def float(self):
        return self

    def eval(self):
        return self

    def forward_with_state(self, tokens, states):
        print("forward")
        assert states in (None, len(tokens)), "the state of as many rows"
        return None, len(tokens)
"""
CONFIG = """
class SimpleTrainConfig:
    def __init__(self, **sizes):
        self.sizes = sizes
"""


@pytest.fixture
def rwkvserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the fake for child processes."""
    folder = tmp_path / "packages" / "rwkvserve" / "models" / "rwkv7"
    folder.mkdir(parents=True)
    (folder / "model.py").write_text(MODEL, encoding="utf-8")
    (folder / "config.py").write_text(CONFIG, encoding="utf-8")
    paths = [str(tmp_path / "packages"), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


@pytest.fixture
def random_model(tmp_path: Path) -> Callable[[str], Path]:
    def made(version: str) -> Path:
        path = tmp_path / f"{version}.pth"
        write_random(version, "tiny", 0, path)
        return path

    return made


def test_the_command_knows_every_package() -> None:
    assert set(PEERS) == set(PACKAGES)


@pytest.mark.usefixtures("rwkvserve")
@pytest.mark.parametrize("package", ["rwkv", "rwkvserve"])
def test_a_package_reads_prompts_and_decodes(package: str, random_model: Callable[[str], Path]) -> None:
    with Peer(PeerSettings(package, str(random_model("7")), "", "7")) as peer:
        assert peer.measure("prefill", 8) > 0
        assert peer.measure("decode", 2, rows=3) > 0
        assert peer.measure("decode", 2) > 0


@pytest.mark.usefixtures("rwkvserve")
def test_rwkvserve_is_not_given_another_version(
    random_model: Callable[[str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ModelError, match="rwkvserve could not run"):
        Peer(PeerSettings("rwkvserve", str(random_model("6")), "", "6"))
    assert "RWKV-7 only" in capfd.readouterr().err
