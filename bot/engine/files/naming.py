"""Tensor names used by other programs: converted where their meaning is certain, otherwise refused."""

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bot.errors import ModelError

Array = NDArray[np.generic]
WRAPPERS = ("_forward_module.", "_orig_mod.", "module.")  # DeepSpeed, torch.compile, DataParallel
ADAPTERS = {"lora": "LoRA", "bone": "Bone", "disha": "DiSHA", "pissa": "PiSSA"}
_HUGGING_FACE = "rwkv.blocks."
_LONG_NAMES = {"key": "k", "value": "v", "receptance": "r", "gate": "g"}
_LONG_MIX = re.compile(r"(?<=\.time_mix_)(key|value|receptance|gate)$")
_WEB_MIX = ".att.time_mix_x"  # in files of web-rwkv, where RWKV-6 has time_maa_x


def canonical_names(tensors: Mapping[str, Array], file: str, *, source: str) -> dict[str, Array]:
    """Return the tensors under the names, and in the layout, of the published .pth files.

    ``source`` is the format of the file: "pth", "safetensors", or "roost" if Roost itself wrote it. Raises
    ``ModelError`` if weights are adapters (LoRA and others) or ambiguous.
    """
    names = {_unwrapped(name): tensor for name, tensor in tensors.items()}
    _refuse_adapters(names, file)
    if any(name.startswith(_HUGGING_FACE) for name in names):
        names = {_from_hugging_face(name): tensor for name, tensor in names.items()}
    if source == "roost" or "emb.weight" not in names:
        return names
    width = names["emb.weight"].shape[-1]
    if any(name.endswith(_WEB_MIX) for name in names):
        names = {_from_web(name): tensor for name, tensor in names.items()}
    if source == "safetensors":
        _settle_first(names, file, width)
    return {name: _upright(name, tensor, width) for name, tensor in names.items()}


def _unwrapped(name: str) -> str:
    for wrapper in WRAPPERS:
        name = name.removeprefix(wrapper)
    return name


def _refuse_adapters(names: Mapping[str, Array], file: str) -> None:
    for name in names:
        for word, kind in ADAPTERS.items():
            if word in name.lower():
                raise ModelError(
                    "{file} holds {kind} weights ({name}); merge them into their base model first.",
                    file=file,
                    kind=kind,
                    name=name,
                )


def _from_hugging_face(name: str) -> str:
    """Convert the names that transformers gave to RWKV-4, and others by analogy to 5 and 6; the values are equal."""
    name = name.removeprefix("rwkv.").replace("embeddings.weight", "emb.weight").replace(".pre_ln.", ".ln0.")
    name = name.replace(".attention.", ".att.").replace(".feed_forward.", ".ffn.")
    return _LONG_MIX.sub(lambda match: _LONG_NAMES[match[0]], name)


def _from_web(name: str) -> str:
    """Convert the names of RWKV-6 used by web-rwkv, ai00 and RWKV-Runner."""
    return name.replace(".time_mix_", ".time_maa_").replace(".att.time_first", ".att.time_faaaa")


def _settle_first(names: dict[str, Array], file: str, width: int) -> None:
    """Resolve time_first of RWKV-5: old .pth files store the logarithm of time_faaaa in it, converters the value.

    If there is a number for each channel it is the value, because RWKV-5.2 always had time_faaaa.
    """
    firsts = [name for name in names if name.endswith(".att.time_first")]
    if not firsts or not any(name.endswith(".att.ln_x.weight") for name in names):  # RWKV-4 has only time_first
        return
    for name in firsts:
        if names[name].size != width:
            raise ModelError(
                "{file}: {name} may be a weight or its logarithm, which this format does not tell. Use the .pth file "
                "of the same model.",
                file=file,
                name=name,
            )
        names[name.replace("time_first", "time_faaaa")] = names.pop(name)


_FIRST = re.compile(r"\.att\.(time_maa_w1|time_decay_w1|[wavg]1)$")  # (in, rank)
_SECOND = re.compile(r"\.att\.(time_decay_w2|[wavg]2)$")  # (rank, out)
_FIVE = re.compile(r"\.att\.time_maa_w2$")  # (5, rank, out)


def _upright(name: str, tensor: Array, width: int) -> Array:
    """Return the tensor, transposed back if a converter transposed it: a rank is never as large as the width."""
    shape = tuple(tensor.shape)
    if len(shape) == 2 and _FIRST.search(name) and shape[0] != width == shape[1]:
        return tensor.T
    if len(shape) == 2 and _SECOND.search(name) and shape[1] != width == shape[0]:
        return tensor.T
    if len(shape) == 3 and _FIVE.search(name) and shape[2] != width and width in shape:
        tensor = tensor.swapaxes(shape.index(width), 2)
    if len(shape) == 3 and _FIVE.search(name) and tensor.shape[0] != 5 == tensor.shape[1]:
        tensor = tensor.swapaxes(0, 1)
    return tensor
