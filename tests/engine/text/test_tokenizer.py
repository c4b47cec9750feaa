"""tokenizer.json files, and the choice of a model's tokenizer."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from bot.engine.text.tokenizer import JsonTokenizer, choose_tokenizer
from bot.engine.text.world_tokenizer import WorldTokenizer, bundled_vocabulary
from bot.errors import ModelError

CORPUS = ["the quick brown fox jumps over the lazy dog " * 3, "你好，世界。こんにちは", "<|endoftext|> is a token"]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a byte-level BPE of 320 tokens, of which 0 is special."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


@pytest.fixture(scope="module")
def coder(path: Path) -> JsonTokenizer:
    return JsonTokenizer(path)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_goes_there_and_back(coder: JsonTokenizer, text: str) -> None:
    tokens = coder.encode(text)
    assert coder.decode(tokens) == text
    assert b"".join(coder.decode_bytes([token]) for token in tokens) == text.encode()


def test_text_never_becomes_a_special_token(coder: JsonTokenizer) -> None:
    tokens = coder.encode("a<|endoftext|>b")
    assert 0 not in tokens
    assert coder.decode(tokens) == "a<|endoftext|>b"
    assert coder.decode_bytes([0]) == b""


def test_half_a_character_is_bytes_and_a_replacement_in_text(coder: JsonTokenizer) -> None:
    tokens = coder.encode("\U0001f389")  # four bytes, never merged
    assert len(tokens) == 4
    assert coder.decode_bytes(tokens[:2]) == "\U0001f389".encode()[:2]
    assert coder.decode(tokens[:2]) == "\ufffd"
    with pytest.raises(ValueError, match="319"):
        coder.decode_bytes([320])
    assert coder.decode(coder.encode("a\udc00")) == "a?"


def test_sentencepiece_style_files(tmp_path: Path) -> None:
    vocabulary = {"<unk>": 0, "\u2581": 1, "\u2581hi": 2, "<0xE2>": 3, "<0x82>": 4, "<0xAC>": 5, "h": 6, "i": 7}
    model = {"type": "BPE", "vocab": vocabulary, "merges": [], "byte_fallback": True, "unk_token": "<unk>"}
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps({"version": "1.0", "model": model, "added_tokens": []}))
    coder = JsonTokenizer(path)
    assert coder.decode_bytes([2, 3, 4, 5]) == " hi€".encode()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"version": "1.0"}', "\x00"], ids=repr)
def test_a_file_that_is_no_tokenizer_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(text)
    with pytest.raises(ModelError, match=r"not a tokenizer\.json"):
        JsonTokenizer(path)


def test_the_choice(path: Path, tmp_path: Path) -> None:
    beside, alone = path.with_name("model.pth"), tmp_path / "model.pth"
    assert choose_tokenizer(beside, 320).vocab_size == 320
    assert choose_tokenizer(beside, 512).vocab_size == 320  # padded embeddings
    assert isinstance(choose_tokenizer(beside, 65536), WorldTokenizer)  # an unrelated file beside it is not used
    assert isinstance(choose_tokenizer(alone, 65536), WorldTokenizer)
    assert choose_tokenizer(alone, 320, path).vocab_size == 320
    assert choose_tokenizer(beside, 65536, bundled_vocabulary()).vocab_size <= 65536


def test_the_file_with_the_models_name_comes_first(path: Path, tmp_path: Path) -> None:
    content = json.loads(path.read_text())
    (tmp_path / "tokenizer.json").write_text(json.dumps(content))
    content["added_tokens"].append({**content["added_tokens"][0], "id": 320, "content": "<|own|>"})
    (tmp_path / "tiny.tokenizer.json").write_text(json.dumps(content))
    assert choose_tokenizer(tmp_path / "tiny.pth", 330).vocab_size == 321
    assert choose_tokenizer(tmp_path / "other.pth", 330).vocab_size == 320


@pytest.mark.parametrize("text", ["", "version https://git-lfs.github.com/spec/v1\noid sha256:1", "{}", "\x1b[31m"])
@pytest.mark.parametrize("name", ["tokenizer.json", "world.tokenizer.json", "20B_tokenizer.json"])
def test_a_bad_file_beside_a_world_model_is_passed_over(
    name: str, text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert isinstance(choose_tokenizer(tmp_path / "world.pth", 65536), WorldTokenizer)
    assert name in caplog.text
    with pytest.raises(ModelError, match=r"is not a tokenizer\.json"):
        choose_tokenizer(tmp_path / "world.pth", 320)


def test_what_does_not_fit_is_said(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"300.*it belongs to another model|320 tokens, but the model knows only 300"):
        choose_tokenizer(tmp_path / "model.pth", 300, path)
    with pytest.raises(ModelError, match="has only 320 tokens, and the model knows 65536: it belongs to another model"):
        choose_tokenizer(tmp_path / "model.pth", 65536, path)
    with pytest.raises(ModelError, match="20B_tokenizer"):
        choose_tokenizer(tmp_path / "model.pth", 50277)
    with pytest.raises(ModelError, match="vocabulary of 1234"):
        choose_tokenizer(tmp_path / "model.pth", 1234)
    with pytest.raises(ModelError, match="no tokenizer file"):
        choose_tokenizer(tmp_path / "model.pth", 320, tmp_path / "nothing.json")
