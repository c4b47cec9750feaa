"""Which RWKV a file holds, read from the names and shapes of its tensors."""

import re
from collections.abc import Mapping

from torch import Tensor

from bot.engine.spec import DEEP_EMBED, ModelSpec, tensor_shapes
from bot.errors import ModelError


def detect_spec(tensors: Mapping[str, Tensor], name: str) -> ModelSpec:
    """Version and dimensions; raises ``ModelError`` that names what was found where it is not a supported RWKV."""
    missing = [key for key in ("emb.weight", "head.weight", "blocks.0.ln1.weight") if key not in tensors]
    if missing:
        raise ModelError("{file} is not an RWKV model: {found}.", file=name, found=_describe(tensors, missing))
    version = _version(tensors, name)
    spec = _dimensions(tensors, version, name)
    check_tensors(tensors, spec, name)
    return spec


def check_tensors(tensors: Mapping[str, Tensor], spec: ModelSpec, name: str) -> None:
    """Every tensor that the version needs is there in the right shape."""
    first_person = {"att.time_faaaa": "att.time_first"}
    for key, shape in tensor_shapes(spec).items():
        found = tensors.get(key)
        for new, old in first_person.items():
            if found is None and key.endswith(new):
                found = tensors.get(key.replace(new, old))
        if found is None:
            raise ModelError(
                "{file} looks like RWKV-{version} but lacks the tensor {key}.", file=name, version=spec.version, key=key
            )
        size = tuple(length for length in found.shape if length != 1)
        if size != tuple(length for length in shape if length != 1):
            raise ModelError(
                "{file}: the tensor {key} has the shape {found}, where RWKV-{version} needs {shape}.",
                file=name,
                key=key,
                found=tuple(found.shape),
                version=spec.version,
                shape=shape,
            )


def _describe(tensors: Mapping[str, Tensor], missing: list[str]) -> str:
    if any(key.startswith("model.layers.") for key in tensors):
        return "its tensors are named in the Hugging Face way; use the .pth file of the same model"
    if any("lora" in key for key in tensors):
        return "it holds LoRA weights; merge them into their base model first"
    if tensors and all("time_state" in key for key in tensors):
        return "it is a tuned initial state; give it as the tuned state beside a model"
    return f"it lacks {', '.join(missing)}" if tensors else "it is empty"


def _version(tensors: Mapping[str, Tensor], name: str) -> str:
    """The version, from tensors of block 1 or 0 that only it has."""
    parts = {re.sub(r"^blocks\.\d+\.", "", key) for key in tensors if key.startswith("blocks.")}
    if "att.r_k" in parts:
        return _version7(parts, name)
    unknown = {part for part in parts if part.startswith("att.") and _unknown(part)}
    if "att.time_maa_x" in parts:
        return "6"
    if "att.time_decay" not in parts or unknown:
        found = ", ".join(sorted(unknown or parts)[:4])
        raise ModelError(
            "{file} is not an RWKV that Roost knows (4, 5.0, 5.1, 5.2, 6, 7, 7a): it has {found}.",
            file=name,
            found=found,
        )
    if "att.ln_x.weight" not in parts:
        return "4"
    if "att.gate.weight" not in parts:
        return "5.0"
    per_head = tensors["blocks.0.att.time_decay"].squeeze().dim() < 2
    return "5.1" if per_head else "5.2"


def _unknown(part: str) -> bool:
    known = ("time_", "key.", "value.", "receptance.", "output.", "gate.", "ln_x.")
    return not part.removeprefix("att.").startswith(known)


def _version7(parts: set[str], name: str) -> str:
    attention = {"x_r", "x_w", "x_k", "x_v", "x_a", "x_g", "w0", "w1", "w2", "a0", "a1", "a2", "v0", "v1", "v2"}
    attention |= {"g1", "g2", "k_k", "k_a", "r_k", "time_state"}
    attention |= {f"{part}.weight" for part in ("receptance", "key", "value", "output", "ln_x")} | {"ln_x.bias"}
    known = {f"att.{part}" for part in attention} | {
        f"{ln}.{part}" for ln in ("ln0", "ln1", "ln2") for part in ("weight", "bias")
    }
    known |= {"ffn.x_k", "ffn.key.weight", "ffn.value.weight"}
    deep = {"ffn.s_emb.weight", "ffn.s_emb_x.weight", "ffn.s0", "ffn.s1", "ffn.s2"}
    strange = sorted(part for part in parts - known - deep if not part.endswith(".scale"))
    if strange:
        likely = (
            "7b or 8" if any(part.startswith(("qkv", "att.q", "att.k_", "ffn.k_")) for part in strange) else "newer"
        )
        raise ModelError(
            "{file} is an RWKV-7 relative that Roost does not run ({likely}): beyond RWKV-7 it has {found}.",
            file=name,
            likely=likely,
            found=", ".join(strange[:4]),
        )
    return "7a" if "ffn.s_emb.weight" in parts else "7"


def _dimensions(tensors: Mapping[str, Tensor], version: str, name: str) -> ModelSpec:
    layers = 1 + max(int(key.split(".")[1]) for key in tensors if key.startswith("blocks."))
    vocab_size, width = tensors["emb.weight"].shape
    try:
        ffn_width = tensors["blocks.0.ffn.key.weight"].shape[0]
        heads, ranks = _heads_and_ranks(tensors, version, layers)
    except KeyError as error:
        raise ModelError(
            "{file} looks like RWKV-{version} but lacks the tensor {key}.",
            file=name,
            version=version,
            key=error.args[0],
        ) from error
    if width % heads:
        raise ModelError("{file}: width {width} is no multiple of {heads} heads.", file=name, width=width, heads=heads)
    return ModelSpec(version, layers, width, heads, width // heads, vocab_size, ffn_width, ranks)


def _heads_and_ranks(tensors: Mapping[str, Tensor], version: str, layers: int) -> tuple[int, tuple[int, ...]]:
    att = "blocks.0.att."
    if version == "4":
        return 1, ()
    if version.startswith("5"):
        return tensors[att + "time_decay"].shape[0], ()
    if version == "6":
        mix = tensors[att + "time_maa_w1"].shape[1] // 5
        return tensors[att + "time_faaaa"].shape[0], (mix, tensors[att + "time_decay_w1"].shape[1])
    last = f"blocks.{layers - 1}.att."  # layer 0 may lack v1
    value_rank = tensors[last + "v1"].shape[1] if layers > 1 else DEEP_EMBED
    w, a, g = (tensors[f"{att}{letter}1"].shape[1] for letter in "wag")
    return tensors[att + "r_k"].shape[0], (w, a, value_rank, g)
