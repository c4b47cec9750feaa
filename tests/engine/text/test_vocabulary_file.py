"""Hostile vocabularies are refused before anything is allocated for them."""

import json
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.engine.text.tokenizer import JsonTokenizer
from bot.engine.text.vocabulary_file import MAX_BYTES, MAX_TOKENS, read_vocabulary
from bot.engine.text.world_tokenizer import WorldTokenizer
from bot.errors import ModelError

BYTES = "".join(f"{value + 1} {bytes([value])!r} 1\n" for value in range(256))


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """Allow a gigabyte more than now, so that excessive allocation fails the test, not the machine."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + (1 << 30), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@pytest.mark.parametrize(
    "line",
    [
        "9999999999 'zzzzz' 5", "300000000 'zzzzz' 5", f"{MAX_TOKENS} 'zzzzz' 5", "-5 'zzzzz' 5",
        "70000 3000000000 3000000000", "70000 [1, 2, 3] 3", "70000 " + "(" * 5000 + "'a'" + ")" * 5000 + " 1",
        "70000 " + "-" * 100_000 + "1 1", "70000 __import__('os').getcwd() 5",
    ],
    ids=lambda line: line[:20],
)  # fmt: skip
def test_world_vocabularies(line: str, tmp_path: Path) -> None:
    path = tmp_path / "world.txt"
    path.write_text(BYTES + line, encoding="utf-8")
    with pytest.raises(ModelError, match="is not a World vocabulary") as caught:
        WorldTokenizer(path)
    assert str(caught.value).isprintable()


def small_json() -> dict[str, Any]:
    return {"added_tokens": [], "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}


@pytest.mark.parametrize("token", [4_294_967_290, 300_000_000, MAX_TOKENS, -1])
@pytest.mark.parametrize("added", [True, False])
def test_json_ids(token: int, tmp_path: Path, *, added: bool) -> None:
    content = small_json()
    if added:
        content["added_tokens"].append(
            {"id": token, "content": "q", "single_word": False, "lstrip": False, "rstrip": False, "normalized": False,
             "special": True}
        )  # fmt: skip
    else:
        content["model"]["vocab"]["z"] = token
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(ModelError, match=f"the token id {token} is not between"):
        JsonTokenizer(path)


@pytest.mark.parametrize(
    "text", ["[" * 200_000, '{"a":' * 200_000, '{"a": "\\ud800"}', "null", '{"model": {"vocab": 3}}']
)
def test_other_json(text: str, tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=r"is not a tokenizer\.json"):
        JsonTokenizer(path)


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps(small_json()), encoding="utf-8-sig")
    (tmp_path / "world.txt").write_text(BYTES, encoding="utf-8-sig")
    assert JsonTokenizer(tmp_path / "tokenizer.json").vocab_size == 2
    assert WorldTokenizer(tmp_path / "world.txt").vocab_size == 257


def test_a_file_of_any_size_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "big.json").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ModelError, match="too large for a vocabulary: 64,000,001 bytes"):
        read_vocabulary(tmp_path / "big.json")
