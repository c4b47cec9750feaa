"""Networks on torch's tensors, by version: for GPUs, and for machines where the CPU's kernels cannot be compiled."""

from collections.abc import Mapping

import torch

from bot.engine.arrays import AnyArray
from bot.engine.cuda.graphs import Recordable
from bot.engine.cuda.model import GraphedModel
from bot.engine.models.network import Network
from bot.engine.models.rwkv4 import RWKV4
from bot.engine.models.rwkv5 import RWKV5
from bot.engine.models.rwkv6 import RWKV6
from bot.engine.models.rwkv7 import RWKV7
from bot.engine.placement import Placement
from bot.engine.spec import ModelSpec

NETWORKS: dict[str, type[Network]] = {
    "4": RWKV4,
    "5.0": RWKV5,
    "5.1": RWKV5,
    "5.2": RWKV5,
    "6": RWKV6,
    "7": RWKV7,
    "7a": RWKV7,
}


def build_network(
    spec: ModelSpec, tensors: Mapping[str, AnyArray], placement: Placement, fingerprint: str = ""
) -> Network:
    """The network of the spec's version."""
    return NETWORKS[spec.version](spec, tensors, placement, fingerprint=fingerprint)


def with_graphs(network: Recordable) -> GraphedModel:
    """The network with CUDA graphs; what they need is imported only where it is used."""
    from bot.engine.cuda.capture import GraphCapture

    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False  # sums stay in float32
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    torch.cuda.set_device(network.device)  # Triton and the recordings work on the current device
    torch.set_num_threads(1)  # what is left for the CPU is small
    return GraphedModel(network, GraphCapture())
