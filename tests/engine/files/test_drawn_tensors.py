import numpy as np
import pytest
import torch

from bot.engine.arrays import host_array
from bot.engine.files.detect import detect_spec
from bot.engine.files.drawn_tensors import DrawnTensors
from bot.engine.models.loading import build_model
from bot.engine.models.strategy import parse_strategy
from bot.engine.spec import SHAPES, VERSIONS, make_spec

CPU = torch.device("cpu")


@pytest.mark.parametrize("version", VERSIONS)
def test_they_are_a_whole_model_of_their_version(version: str) -> None:
    spec = make_spec(version, SHAPES["tiny"])
    tensors = DrawnTensors(spec, CPU, torch.float32)
    assert len(tensors) == len(list(tensors))
    assert detect_spec(dict(tensors), "drawn") == spec
    network = build_model(spec, tensors, parse_strategy("cpu fp32").placement())
    assert np.isfinite(host_array(network.forward([1, 2], [2], network.new_state(1), [0]))).all()


def test_a_tensor_is_the_same_however_often_it_is_taken() -> None:
    spec = make_spec("7", SHAPES["tiny"])
    one, two = DrawnTensors(spec, CPU, torch.float16), DrawnTensors(spec, CPU, torch.float16, seed=1)
    assert one["emb.weight"].dtype == torch.float16
    assert torch.equal(one["emb.weight"], one["emb.weight"])
    assert not torch.equal(one["emb.weight"], two["emb.weight"])
    assert not torch.equal(one["emb.weight"], one["head.weight"])
