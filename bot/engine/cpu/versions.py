"""The weights of each version, arranged for its kernel. The formulas are in bot/engine/models."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bot.engine.cpu.cpu_weights import CpuWeights
from bot.engine.cpu.fused import Ending, FusedModel, Widths
from bot.engine.kernels import model4, model5, model6, model7
from bot.engine.kernels.channel4 import GatedChannel
from bot.engine.linear import SIGMOID, SQUARED_RELU, TANH, stacked
from bot.engine.spec import ModelSpec

Floats = NDArray[np.float32]
POOLS = ("att_x", "wkv", "ffn_x")  # for versions 5 to 7


def _norms(weights: CpuWeights, spec: ModelSpec, name: str) -> tuple[Floats, Floats]:
    """Return the weights and biases of the layers' norms, each (L, D)."""
    both = [weights.norm(f"blocks.{layer}.{name}") for layer in range(spec.layers)]
    return np.stack([weight for weight, _ in both]), np.stack([bias for _, bias in both])


def _each(spec: ModelSpec, make: Callable[[str], Floats], part: str) -> Floats:
    """Stack the results of ``make`` for each layer's prefix."""
    return np.stack([make(f"blocks.{layer}.{part}.") for layer in range(spec.layers)])


def _named(weights: CpuWeights, prefix: str, names: Sequence[str]) -> Floats:
    return weights.vectors([prefix + name for name in names])


def by_head(parameters: Floats, heads: int) -> Floats:
    """Rearrange parameters (P, D) for the recurrence kernels, head by head: (H, P, N)."""
    return np.ascontiguousarray(parameters.reshape(len(parameters), heads, -1).swapaxes(0, 1))


def _prefixes(spec: ModelSpec, part: str) -> list[str]:
    return [f"blocks.{layer}.{part}." for layer in range(spec.layers)]


def _gated(weights: CpuWeights, spec: ModelSpec) -> GatedChannel:
    """Channel mixing of versions 4 to 6. Files of 4 and 5 store the current token's share, 6 the previous one's."""
    parts = _prefixes(spec, "ffn")
    kind = "time_maa" if spec.version == "6" else "time_mix"
    mixes = _each(spec, lambda at: _named(weights, at, (f"{kind}_k", f"{kind}_r")), "ffn")
    return GatedChannel(
        norm=_norms(weights, spec, "ln2"),
        mixes=mixes if spec.version == "6" else 1 - mixes,
        key=stacked([weights.product(f"{at}key.weight", SQUARED_RELU) for at in parts]),
        receptance=stacked([weights.product(f"{at}receptance.weight", SIGMOID) for at in parts]),
        value=stacked([weights.product(f"{at}value.weight") for at in parts]),
    )


def _side_by_side(weights: CpuWeights, prefix: str, names: Sequence[str]) -> dict[str, int]:
    return {f"{prefix}{name}.weight": source for source, name in enumerate(names)}


def fused4(weights: CpuWeights, ending: Ending) -> FusedModel:
    """Build RWKV-4."""
    spec = ending.spec
    parts, names = _prefixes(spec, "att"), ("receptance", "key", "value")
    time = model4.Time4(
        norm=_norms(weights, spec, "ln1"),
        mixes=1 - _each(spec, lambda at: _named(weights, at, ("time_mix_r", "time_mix_k", "time_mix_v")), "att"),
        decay=-np.exp(_each(spec, lambda at: weights.vector(f"{at}time_decay"), "att")),
        first=_each(spec, lambda at: weights.vector(f"{at}time_first"), "att"),
        project=stacked([weights.products(_side_by_side(weights, at, names)) for at in parts]),
        output=stacked([weights.product(f"{at}output.weight") for at in parts]),
    )
    widths = Widths(3, project=3 * spec.width)
    pools = ("att_x", "aa", "bb", "pp", "ffn_x")
    return FusedModel(ending, model4.model4, model4.LAYER_PHASES, pools, time, _gated(weights, spec), widths)


def fused5(weights: CpuWeights, ending: Ending) -> FusedModel:
    """Build RWKV-5 in its three steps: 5.0 has no gate, and before 5.2 each head has a single decay."""
    spec = ending.spec
    parts, heads = _prefixes(spec, "att"), spec.heads
    names = ("receptance", "key", "value", "gate")[: 3 if spec.version == "5.0" else 4]

    def per_channel(parameter: Floats) -> Floats:
        return np.broadcast_to(parameter.reshape(heads, -1), (heads, spec.head_size)).reshape(-1)

    def parameters(at: str) -> Floats:
        own = [per_channel(weights.vector(f"{at}time_decay")), per_channel(weights.bonus(at))]
        return by_head(np.stack([*own, *weights.norm(f"{at}ln_x")]), heads)

    mixes = tuple(f"time_mix_{name[0]}" for name in names)
    time = model5.Time5(
        norm=_norms(weights, spec, "ln1"),
        mixes=1 - _each(spec, lambda at: _named(weights, at, mixes), "att"),
        parameters=_each(spec, parameters, "att"),
        project=stacked([weights.products(_side_by_side(weights, at, names)) for at in parts]),
        output=stacked([weights.product(f"{at}output.weight") for at in parts]),
    )
    widths = Widths(len(names), project=len(names) * spec.width)
    return FusedModel(ending, model5.model5, model5.LAYER_PHASES, POOLS, time, _gated(weights, spec), widths)


def fused6(weights: CpuWeights, ending: Ending) -> FusedModel:
    """Build RWKV-6."""
    spec = ending.spec
    parts, heads, D = _prefixes(spec, "att"), spec.heads, spec.width
    sources = {"receptance": 3, "key": 1, "value": 2, "gate": 4}  # indices into the five inputs w k v r g

    def mixes(at: str) -> Floats:
        return np.stack([weights.vector(f"{at}time_maa_x"), np.zeros(D, np.float32), np.ones(D, np.float32)])

    def parameters(at: str) -> Floats:
        own = [weights.vector(f"{at}time_decay"), weights.bonus(at)]
        return by_head(np.stack([*own, *weights.norm(f"{at}ln_x")]), heads)

    compress = [weights.compress({f"{at}time_maa_w1": 0}, {f"{at}time_maa_w1": TANH}) for at in parts]
    decay_in = [weights.compress({f"{at}time_decay_w1": 0}, {f"{at}time_decay_w1": TANH}) for at in parts]
    project = [weights.products({f"{at}{name}.weight": place for name, place in sources.items()}) for at in parts]
    time = model6.Time6(
        norm=_norms(weights, spec, "ln1"),
        mixes=_each(spec, mixes, "att"),
        maa=_each(spec, lambda at: _named(weights, at, [f"time_maa_{c}" for c in "wkvrg"]), "att"),
        parameters=_each(spec, parameters, "att"),
        compress=stacked(compress),
        expand=stacked([weights.expand(weights.parts(f"{at}time_maa_w2")) for at in parts]),
        decay_in=stacked(decay_in),
        decay_out=stacked([weights.expand([f"{at}time_decay_w2"]) for at in parts]),
        project=stacked(project),
        output=stacked([weights.product(f"{at}output.weight") for at in parts]),
    )
    widths = Widths(5, project=4 * D, inner=compress[0].columns, low=5 * D, decay=decay_in[0].columns)
    return FusedModel(ending, model6.model6, model6.LAYER_PHASES, POOLS, time, _gated(weights, spec), widths)


def time7(weights: CpuWeights, spec: ModelSpec) -> tuple[model7.Time7, int]:
    """Return the time mixing of RWKV-7, and the inner width of its low-rank products."""
    parts = _prefixes(spec, "att")
    # which of the six inputs r k v w a g each low-rank product reads
    low = [{"w1": 3, "a1": 4, "g1": 5} | ({"v1": 2} if layer else {}) for layer in range(spec.layers)]

    def parameters(at: str) -> Floats:
        value = "a0" if at.startswith("blocks.0.") else "v0"  # layer 0 has no value parameter; this row is unused
        return by_head(
            _named(weights, at, ("w0", "a0", value, "k_k", "k_a", "r_k", "ln_x.weight", "ln_x.bias")), spec.heads
        )

    compress = [
        weights.compress({at + name: source for name, source in own.items()}, {at + "w1": TANH, at + "g1": SIGMOID})
        for at, own in zip(parts, low, strict=True)
    ]
    expand = [weights.expand([at + name.replace("1", "2") for name in own]) for at, own in zip(parts, low, strict=True)]
    time = model7.Time7(
        norm=_norms(weights, spec, "ln1"),
        mixes=_each(spec, lambda at: _named(weights, at, [f"x_{c}" for c in "rkvwag"]), "att"),
        parameters=_each(spec, parameters, "att"),
        project=stacked([weights.products(_side_by_side(weights, at, ("receptance", "key", "value"))) for at in parts]),
        compress=stacked(compress),
        expand=stacked(expand),
        output=stacked([weights.product(f"{at}output.weight") for at in parts]),
    )
    return time, compress[-1].columns


def fused7(weights: CpuWeights, ending: Ending) -> FusedModel:
    """Build RWKV-7."""
    spec = ending.spec
    parts = _prefixes(spec, "ffn")
    time, inner = time7(weights, spec)
    channel = model7.Channel7(
        norm=_norms(weights, spec, "ln2"),
        mixes=_each(spec, lambda at: _named(weights, at, ["x_k"]), "ffn"),
        key=stacked([weights.product(f"{at}key.weight", SQUARED_RELU) for at in parts]),
        value=stacked([weights.product(f"{at}value.weight") for at in parts]),
    )
    widths = Widths(6, project=3 * spec.width, inner=inner, low=4 * spec.width, v_first=True)
    return FusedModel(ending, model7.model7, model7.LAYER_PHASES, POOLS, time, channel, widths)
