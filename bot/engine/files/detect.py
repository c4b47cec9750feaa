"""Detect which RWKV a file contains, from the names and shapes of its tensors."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.engine.spec import DEEP_EMBED, ModelSpec, tensor_shapes
from bot.errors import ModelError


class Shaped(Protocol):
    """A tensor of any kind."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The lengths of its axes."""


def detect_spec(tensors: Mapping[str, Shaped], name: str) -> ModelSpec:
    """Return version and dimensions; raises ``ModelError``, naming what was found, unless it is a supported RWKV."""
    missing = [key for key in ("emb.weight", "head.weight", "blocks.0.ln1.weight") if key not in tensors]
    if missing:
        raise ModelError("{file} is not an RWKV model: {found}.", file=name, found=_describe(tensors, missing))
    version = _version(tensors, name)
    spec = _dimensions(tensors, version, name)
    check_tensors(tensors, spec, name)
    return spec


def check_tensors(tensors: Mapping[str, Shaped], spec: ModelSpec, name: str) -> None:
    """Raise ``ModelError`` unless every tensor that the version needs is present in the right shape."""
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


def _describe(tensors: Mapping[str, Shaped], missing: list[str]) -> str:
    if any(".self_attn." in key for key in tensors):
        return "it is a Transformer, such as Llama or Qwen. Roost runs RWKV models only; roost model pull fetches one"
    if any(key.startswith("model.layers.") for key in tensors):
        return "its tensors are named in the Hugging Face way; use the .pth file of the same model"
    if tensors and all("time_state" in key for key in tensors):
        return "it is a tuned initial state; name it under [model] state beside its model"
    found = ", ".join(sorted(tensors)[:3])
    return f"it lacks {', '.join(missing)}, and has {found}" if tensors else "it is empty"


def _version(tensors: Mapping[str, Shaped], name: str) -> str:
    """Detect the version by tensors of block 1 or 0 that no other version has."""
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
    decay = next(tensor for key, tensor in tensors.items() if key.endswith(".att.time_decay"))
    numbers = math.prod(decay.shape)
    per_head = numbers == decay.shape[0] if decay.shape else True
    return "5.1" if per_head and numbers != math.prod(tensors["emb.weight"].shape[-1:]) else "5.2"


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
            "{file} is an RWKV-7 relative that Roost does not run ({likely}): beyond RWKV-7 it has {found}. Use RWKV-7 "
            "or 7a; roost model pull fetches one.",
            file=name,
            likely=likely,
            found=", ".join(strange[:4]),
        )
    return "7a" if "ffn.s_emb.weight" in parts else "7"


@dataclass(frozen=True, slots=True)
class _Sizes:
    """Reads dimensions off the tensors. Raises ``ModelError`` naming a tensor that is missing or has a wrong shape."""

    tensors: Mapping[str, Shaped]
    version: str
    file: str

    def of(self, key: str, axis: int = 0) -> int:
        """Return the length of a tensor's axis, at least 1."""
        if key not in self.tensors:
            raise ModelError(
                "{file} looks like RWKV-{version} but lacks the tensor {key}.",
                file=self.file,
                version=self.version,
                key=key,
            )
        shape = tuple(self.tensors[key].shape)
        if len(shape) <= axis or not shape[axis]:
            raise ModelError(
                "{file}: the tensor {key} has the shape {found}, as RWKV-{version} never has it.",
                file=self.file,
                version=self.version,
                key=key,
                found=shape,
            )
        return shape[axis]


def _dimensions(tensors: Mapping[str, Shaped], version: str, name: str) -> ModelSpec:
    sizes = _Sizes(tensors, version, name)
    layers = _layers(tensors, name)
    vocab_size, width = (sizes.of("emb.weight", axis) for axis in (0, 1))
    ffn_width = sizes.of("blocks.0.ffn.key.weight")
    heads, ranks = _heads_and_ranks(sizes, layers)
    if width % heads:
        raise ModelError("{file}: width {width} is no multiple of {heads} heads.", file=name, width=width, heads=heads)
    return ModelSpec(version, layers, width, heads, width // heads, vocab_size, ffn_width, ranks)


def _layers(tensors: Mapping[str, Shaped], name: str) -> int:
    """Return the number of blocks, which must be numbered from 0 without gaps."""
    found = {key.split(".")[1] for key in tensors if key.startswith("blocks.")}
    lacking = next(number for number in range(len(found) + 1) if str(number) not in found)
    if lacking < len(found):
        strange = found - {str(number) for number in range(len(found))}
        raise ModelError(
            "{file} lacks the tensors of blocks.{number}, and has some of blocks.{strange}.",
            file=name,
            number=lacking,
            strange=", blocks.".join(sorted(strange)[:4]),
        )
    return lacking


def _heads_and_ranks(sizes: _Sizes, layers: int) -> tuple[int, tuple[int, ...]]:
    att, version = "blocks.0.att.", sizes.version
    if version == "4":
        return 1, ()
    if version.startswith("5"):
        return sizes.of(att + "time_decay"), ()
    if version == "6":
        mix = sizes.of(att + "time_maa_w1", 1) // 5
        return sizes.of(att + "time_faaaa"), (mix, sizes.of(att + "time_decay_w1", 1))
    last = f"blocks.{layers - 1}.att."  # layer 0 may lack v1
    value_rank = sizes.of(last + "v1", 1) if layers > 1 else DEEP_EMBED
    w, a, g = (sizes.of(f"{att}{letter}1", 1) for letter in "wag")
    return sizes.of(att + "r_k"), (w, a, value_rank, g)
