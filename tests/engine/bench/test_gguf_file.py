"""The converted file, read by the gguf package, whose list of tensors is llama.cpp's own."""

from pathlib import Path

import numpy as np
import pytest
from gguf import MODEL_ARCH, MODEL_TENSORS, TENSOR_NAMES, GGMLQuantizationType, GGUFReader, ReaderTensor
from gguf.quants import dequantize

from bot.engine.bench.gguf_file import write_gguf
from bot.engine.files.convert import write_random
from bot.engine.files.weights import ModelFile, open_model

LAYERS, WIDTH, VOCABULARY, FFN = 3, 128, 320, 512
DECAY, RATE, VALUE, GATE = 32, 32, 32, 64
BIASES = ("token_embd_norm", "output_norm", "attn_norm", "attn_norm_2", "time_mix_ln")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    return open_model(write_random("7", "tiny", 0, tmp_path_factory.mktemp("model") / "tiny.pth"))


def _written(model: ModelFile, precision: str, folder: Path) -> dict[str, ReaderTensor]:
    reader = GGUFReader(write_gguf(model, precision, folder / f"{precision}.gguf"))
    return {tensor.name: tensor for tensor in reader.tensors}


def test_every_tensor_of_the_architecture_is_there_and_no_other(model: ModelFile, tmp_path: Path) -> None:
    expected = set()
    for tensor in MODEL_TENSORS[MODEL_ARCH.RWKV7]:
        for layer in range(LAYERS):
            name = TENSOR_NAMES[tensor].format(bid=layer)
            expected.add(f"{name}.weight")
            if name.split(".")[-1] in BIASES:
                expected.add(f"{name}.bias")
    assert set(_written(model, "F32", tmp_path)) == expected


@pytest.mark.parametrize(
    ("name", "shape"),  # as llama.cpp writes shapes: the innermost axis first
    [
        ("token_embd.weight", (WIDTH, VOCABULARY)),
        ("output.weight", (WIDTH, VOCABULARY)),
        ("blk.2.time_mix_w1.weight", (WIDTH, DECAY)),
        ("blk.2.time_mix_w2.weight", (DECAY, WIDTH)),
        ("blk.0.time_mix_v1.weight", (WIDTH, RATE)),
        ("blk.1.time_mix_v1.weight", (WIDTH, VALUE)),
        ("blk.1.time_mix_g2.weight", (GATE, WIDTH)),
        ("blk.1.time_mix_lerp_fused.weight", (WIDTH, 1, 1, 6)),
        ("blk.1.time_mix_r_k.weight", (WIDTH,)),
        ("blk.1.channel_mix_key.weight", (WIDTH, FFN)),
        ("blk.1.channel_mix_value.weight", (FFN, WIDTH)),
    ],
)
def test_a_tensor_has_the_shape_that_llama_cpp_loads(
    name: str, shape: tuple[int, ...], model: ModelFile, tmp_path: Path
) -> None:
    assert tuple(_written(model, "F32", tmp_path)[name].shape) == shape


def test_numbers_are_those_of_the_model(model: ModelFile, tmp_path: Path) -> None:
    tensors = _written(model, "F32", tmp_path)

    def ours(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return model.tensors[f"blocks.1.att.{name}"].astype(np.float32).squeeze()

    def theirs(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return tensors[f"blk.1.time_mix_{name}.weight"].data

    assert np.array_equal(theirs("receptance"), ours("receptance.weight"))
    assert np.array_equal(theirs("a1"), ours("a1").T)
    assert np.array_equal(theirs("r_k"), ours("r_k").reshape(-1))
    for place, letter in enumerate("rwkvag"):
        assert np.array_equal(theirs("lerp_fused")[place, 0, 0], ours(f"x_{letter}"))
    unused = tensors["blk.0.time_mix_v2.weight"].data
    assert np.array_equal(unused, tensors["blk.0.time_mix_a2.weight"].data)


@pytest.mark.parametrize("precision", ["F16", "BF16", "Q8_0"])
def test_matrices_are_narrowed_and_vectors_are_not(precision: str, model: ModelFile, tmp_path: Path) -> None:
    tensors = _written(model, precision, tmp_path)
    matrix, full = tensors["blk.1.channel_mix_key.weight"], model.tensors["blocks.1.ffn.key.weight"].astype(np.float32)
    assert matrix.tensor_type == GGMLQuantizationType[precision]
    assert tuple(matrix.shape) == (WIDTH, FFN)
    assert np.abs(dequantize(matrix.data, matrix.tensor_type) - full).max() <= np.abs(full).max() / 127
    for name in ("attn_norm.weight", "time_mix_w0.weight", "time_mix_w1.weight", "time_mix_lerp_fused.weight"):
        assert tensors[f"blk.1.{name}"].tensor_type == GGMLQuantizationType.F32


def test_the_dimensions_are_named(model: ModelFile, tmp_path: Path) -> None:
    fields = GGUFReader(write_gguf(model, "F32", tmp_path / "model.gguf")).fields
    found = {name.removeprefix("rwkv7."): field.contents() for name, field in fields.items()}
    expected = {
        "general.architecture": "rwkv7", "tokenizer.ggml.model": "no_vocab", "vocab_size": VOCABULARY,
        "embedding_length": WIDTH, "block_count": LAYERS, "feed_forward_length": FFN, "wkv.head_size": 64,
        "attention.decay_lora_rank": DECAY, "attention.iclr_lora_rank": RATE, "attention.gate_lora_rank": GATE,
        "attention.value_residual_mix_lora_rank": VALUE,
    }  # fmt: skip
    assert found | expected == found
