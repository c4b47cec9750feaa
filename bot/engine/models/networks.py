"""The torch networks by version: for GPUs, and for machines where the CPU kernels cannot be compiled."""

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
    """Build the network of the spec's version."""
    return NETWORKS[spec.version](spec, tensors, placement, fingerprint=fingerprint)


def with_graphs(network: Recordable) -> GraphedModel:
    """Wrap the network so that it decodes with CUDA graphs; what they need is imported only here."""
    from bot.engine.cuda.capture import GraphCapture

    torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = False  # sums stay in float32
    torch.backends.cuda.matmul.allow_bf16_reduced_precision_reduction = False
    torch.cuda.set_device(network.device)  # Triton and graph capture use the current device
    torch.set_num_threads(1)  # little work is left for the CPU
    return GraphedModel(network, GraphCapture())
