"""Write an RWKV-7 model as GGUF, the format of llama.cpp.

Names, orientations and precisions are those of llama.cpp's own converter, ``convert_hf_to_gguf.py``. The file has no
vocabulary: whoever measures feeds tokens.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bot.engine.files.weights import ModelFile
from bot.engine.spec import ModelSpec

if TYPE_CHECKING:
    from gguf import GGUFWriter

Floats = NDArray[np.float32]

NO_LIMIT = 1 << 20  # llama.cpp's converter gives RWKV models this context length
LAYER_NORM_EPSILON = 1e-5
MODEL_NAMES = {
    "emb.weight": "token_embd.weight",
    "blocks.0.ln0.weight": "token_embd_norm.weight",
    "blocks.0.ln0.bias": "token_embd_norm.bias",
    "ln_out.weight": "output_norm.weight",
    "ln_out.bias": "output_norm.bias",
    "head.weight": "output.weight",
}
LAYER_NAMES = {
    "ln1.weight": "attn_norm.weight",
    "ln1.bias": "attn_norm.bias",
    "ln2.weight": "attn_norm_2.weight",
    "ln2.bias": "attn_norm_2.bias",
    "att.k_k": "time_mix_k_k.weight",
    "att.k_a": "time_mix_k_a.weight",
    "att.r_k": "time_mix_r_k.weight",
    "att.receptance.weight": "time_mix_receptance.weight",
    "att.key.weight": "time_mix_key.weight",
    "att.value.weight": "time_mix_value.weight",
    "att.output.weight": "time_mix_output.weight",
    "att.ln_x.weight": "time_mix_ln.weight",
    "att.ln_x.bias": "time_mix_ln.bias",
    "ffn.x_k": "channel_mix_lerp_k.weight",
    "ffn.key.weight": "channel_mix_key.weight",
    "ffn.value.weight": "channel_mix_value.weight",
}
ALWAYS_FLOAT32 = ("time_mix_w1.weight", "time_mix_w2.weight", "time_mix_lerp_fused.weight")


def gguf_tensors(file: ModelFile) -> Iterator[tuple[str, Floats]]:
    """Yield the name and the numbers of each tensor."""
    for name, new_name in MODEL_NAMES.items():
        yield new_name, _floats(file, name)
    for layer in range(file.spec.layers):
        for new_name, tensor in _layer_tensors(file, layer):
            yield f"blk.{layer}.{new_name}", tensor


def _floats(file: ModelFile, name: str) -> Floats:
    return file.tensors[name].astype(np.float32).squeeze()


def _layer_tensors(file: ModelFile, layer: int) -> Iterator[tuple[str, Floats]]:
    block = f"blocks.{layer}."
    for name, new_name in LAYER_NAMES.items():
        tensor = _floats(file, block + name)
        yield new_name, tensor.reshape(-1) if name == "att.r_k" else tensor
    shifts = [_floats(file, f"{block}att.x_{letter}") for letter in "rwkvag"]
    yield "time_mix_lerp_fused.weight", np.stack(shifts)[:, None, None, :]
    for letter in "wavg":
        # The first layer has no v. llama.cpp needs tensors there, which it does not use: its converter takes a's.
        source = "a" if letter == "v" and layer == 0 else letter
        for part in "12" if letter == "g" else "012":
            tensor = _floats(file, f"{block}att.{source}{part}")
            yield f"time_mix_{letter}{part}.weight", tensor if part == "0" else tensor.T


def write_gguf(file: ModelFile, precision: str, out: Path) -> Path:
    """Write ``file``, an RWKV-7 model, as ``out`` in ``precision``: F32, F16, BF16 or Q8_0."""
    from gguf import GGMLQuantizationType, GGUFWriter, LlamaFileType
    from gguf.quants import quantize

    matrices = GGMLQuantizationType[precision]
    writer = GGUFWriter(out, "rwkv7", use_temp_file=True)  # else all tensors stay in memory until the end
    _describe(writer, file.spec)
    writer.add_file_type(LlamaFileType["ALL_F32" if precision == "F32" else f"MOSTLY_{precision}"])
    for name, tensor in gguf_tensors(file):
        kept = tensor.ndim == 1 or name.endswith(ALWAYS_FLOAT32)
        kind = GGMLQuantizationType.F32 if kept else matrices
        writer.add_tensor(name, quantize(np.ascontiguousarray(tensor), kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return out


def _describe(writer: "GGUFWriter", spec: ModelSpec) -> None:
    """Write the hyperparameters that llama.cpp requires."""
    decay, rate, value, gate = spec.ranks
    writer.add_context_length(NO_LIMIT)
    writer.add_embedding_length(spec.width)
    writer.add_block_count(spec.layers)
    writer.add_feed_forward_length(spec.ffn_width)
    writer.add_layer_norm_eps(LAYER_NORM_EPSILON)
    writer.add_wkv_head_size(spec.head_size)
    writer.add_decay_lora_rank(decay)
    writer.add_iclr_lora_rank(rate)
    writer.add_value_residual_mix_lora_rank(value)
    writer.add_gate_lora_rank(gate)
    writer.add_head_count(0)  # required, and unused
    writer.add_tokenizer_model("no_vocab")
    writer.add_vocab_size(spec.vocab_size)
