"""The bundled demo model loads, agrees with the `rwkv` package, and has its tokenizer."""

import shutil
from pathlib import Path

import torch

from bot.engine.models.loading import load_model
from bot.engine.text.tokenizer import JsonTokenizer, choose_tokenizer
from bot.paths import data_file
from tests.engine.package_child import PROMPT, package_results, token_list
from tests.engine.tensors import forward

DEMO = data_file("models/demo/demo.pth")


def test_it_computes_what_the_package_computes(tmp_path: Path) -> None:
    shutil.copy(DEMO, tmp_path / "demo.pth")
    model = load_model(DEMO)
    expected = package_results(tmp_path / "demo.pth", "7")["prompt"]
    tokens = torch.tensor(token_list(PROMPT, model.spec.vocab_size))
    found = forward(model, tokens, [PROMPT], model.new_state(1), [0], full_output=True)
    assert float((found - expected).abs().max()) < 1e-4 * float(expected.std())


def test_its_tokenizer_is_the_one_beside_it() -> None:
    model = load_model(DEMO)
    coder = choose_tokenizer(DEMO, model.spec.vocab_size)
    assert isinstance(coder, JsonTokenizer)
    assert coder.vocab_size == model.spec.vocab_size
    text = "User: 你好, こんにちは 🎉 <|endoftext|>\n\nAssistant:"
    assert coder.decode(coder.encode(text)) == text
    assert 0 not in coder.encode(text)
