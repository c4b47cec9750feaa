"""The World tokenizer agrees with the `rwkv` package's on everything, and decodes any bytes."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.text.world_tokenizer import WorldTokenizer, bundled_vocabulary
from bot.errors import ModelError

MIXED = (
    "Hello, world!\n\n你好，世界。\tこんにちは 🎉👩‍👩‍👧 \u202e¡\x00\x7f  def f(x):\r\n        return x  # 1234567890"
)


class Package(Protocol):
    idx2token: dict[int, bytes]

    def encodeBytes(self, src: bytes) -> list[int]: ...  # noqa: N802  # the package's name

    def decodeBytes(self, tokens: Sequence[int]) -> bytes: ...  # noqa: N802  # the package's name


@pytest.fixture(scope="module")
def ours() -> WorldTokenizer:
    return WorldTokenizer()


@pytest.fixture(scope="module")
def package() -> Package:
    path = bundled_vocabulary().with_name("rwkv_tokenizer.py")
    spec = importlib.util.spec_from_file_location("package_tokenizer", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    tokenizer: Package = module.TRIE_TOKENIZER(str(bundled_vocabulary()))
    return tokenizer


def test_every_token_is_the_packages(ours: WorldTokenizer, package: Package) -> None:
    assert ours.vocab_size == 65536
    assert all(ours.decode_bytes([token]) == package.idx2token.get(token, b"") for token in range(65536))
    assert all(ours.encode_bytes(data) == package.encodeBytes(data) for data in package.idx2token.values())


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_is_cut_as_the_package_cuts_it(ours: WorldTokenizer, package: Package, text: str) -> None:
    tokens = ours.encode(text)
    assert tokens == package.encodeBytes(text.encode())
    assert ours.decode(tokens) == text


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_bytes_go_there_and_back(ours: WorldTokenizer, package: Package, data: bytes) -> None:
    tokens = ours.encode_bytes(data)
    assert tokens == package.encodeBytes(data)
    assert ours.decode_bytes(tokens) == data
    assert b"".join(ours.decode_bytes([token]) for token in tokens) == data
    assert ours.decode(tokens) == data.decode("utf-8", "replace")


def test_long_real_text(ours: WorldTokenizer, package: Package) -> None:
    text = MIXED * 50 + (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert ours.encode(text) == package.encodeBytes(text.encode())


def test_lone_surrogates_and_ids_without_a_token(ours: WorldTokenizer) -> None:
    assert ours.decode(ours.encode("a\ud83db")) == "a?b"
    assert ours.decode_bytes([0, 65530, 65535]) == b""
    for bad in (-1, 65536):
        with pytest.raises(ValueError, match="65535"):
            ours.decode_bytes([bad])


@pytest.mark.parametrize(
    "text", ["", "1 'a'", "1 'a' 2\n", "x 'a' 1\n", "1 open('x') 1\n", "1 'a' 1\n", "1 b'\\x00' 1\n2 'a\n"], ids=repr
)
def test_a_wrong_vocabulary_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "vocabulary.txt"
    path.write_text(text)
    with pytest.raises(ModelError, match=r"vocabulary\.txt"):
        WorldTokenizer(path)
