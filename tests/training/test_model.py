import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from bot.engine.arrays import as_tensor
from bot.engine.models.loading import load_model
from training.model import Network, Shape, export, shape_of

SMALL = Shape(vocabulary=300, width=128, layers=3)
TOKENS = [5, 17, 256, 3, 3, 99, 0, 41, 5, 17, 256, 3, 77, 12, 290, 1]


@pytest.fixture(scope="module")
def network() -> Network:
    torch.manual_seed(11)
    network = Network(SMALL)
    with torch.no_grad():  # the official initialisation is partly zero: perturb it, or nothing is compared
        for value in network.parameters():
            value.add_(0.1 * torch.randn_like(value))
    return network


@pytest.fixture(scope="module")
def logits(network: Network) -> torch.Tensor:
    with torch.no_grad():
        hidden = network(torch.tensor([TOKENS]))
        rows: torch.Tensor = (hidden @ network.named()["emb.weight"].T)[0]  # (T, V)
        return rows


@pytest.fixture(scope="module")
def exported(network: Network, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("model") / "small.pth"
    torch.save(export(network, torch.float32), path)
    return path


def test_the_bots_engine_gives_the_trained_logits(exported: Path, logits: torch.Tensor) -> None:
    model = load_model(exported, "cpu fp32")
    got = as_tensor(model.forward(TOKENS, [len(TOKENS)], model.new_state(1), [0], full_output=True))
    assert (got - logits).abs().max() < 2e-4 * logits.abs().max()


def test_the_rwkv_package_gives_the_trained_logits(exported: Path, logits: torch.Tensor) -> None:
    program = (
        "import sys, torch\nfrom rwkv.model import RWKV\n"
        "model = RWKV(sys.argv[1], 'cpu fp32')\n"
        f"out, _ = model.forward({TOKENS}, None, True)\n"
        "torch.save(out, sys.argv[2])\n"
    )
    result = exported.with_name("logits.pt")
    environment = os.environ | {"RWKV_V7_ON": "1", "RWKV_JIT_ON": "0"}
    command = [sys.executable, "-c", program, str(exported.with_suffix("")), str(result)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr[-2000:]
    got = torch.load(result, weights_only=True).float()
    assert (got - logits).abs().max() < 2e-4 * logits.abs().max()


def test_a_checkpoint_tells_its_shape(network: Network) -> None:
    assert shape_of(export(network)) == SMALL


def test_head_and_embedding_are_one_matrix_and_stored_once(exported: Path, network: Network) -> None:
    values = torch.load(exported, weights_only=True)
    assert torch.equal(values["emb.weight"], values["head.weight"])
    parameters = sum(value.numel() for value in network.parameters())
    assert exported.stat().st_size < 4.2 * parameters + 100_000


def test_the_loss_counts_only_weighted_tokens(network: Network) -> None:
    tokens = torch.tensor([[0, *TOKENS]])
    weights = torch.zeros(1, len(TOKENS))
    weights[0, 4] = 1.0
    loss, total = network.loss(tokens, weights)
    changed = tokens.clone()
    changed[0, 9] = 200  # a later token has no effect
    assert total == 1.0
    assert torch.allclose(loss, network.loss(changed, weights)[0])
