"""Tokenizers: `tokenizer.json` files, and which tokenizer belongs to a model."""

import json
import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from bot.engine.printable import printable
from bot.engine.text.vocabulary_file import MAX_TOKENS, read_vocabulary
from bot.engine.text.world_tokenizer import MODEL_VOCABULARY, WorldTokenizer
from bot.engine.types import Coder
from bot.errors import ModelError

LOG = logging.getLogger(__name__)
PADDING = 256  # models round up their vocabulary: this many rows may have no token
BYTE_TOKEN = re.compile(r"<0x([0-9A-F]{2})>")


class JsonTokenizer:
    """A `tokenizer.json` of the `tokenizers` library. Text never encodes to a special token."""

    def __init__(self, path: Path) -> None:
        """Raises ``ModelError`` if the file cannot be read."""
        try:
            content = json.loads(read_vocabulary(path))
            _check_ids(content)
            self._tokenizer = Tokenizer.from_str(json.dumps(content))
        except ModelError:
            raise
        except Exception as error:  # tokenizers raises bare Exception
            reason = printable(str(error))[:200]
            raise ModelError("{path} is not a tokenizer.json: {reason}", path=path, reason=reason) from error
        self._tokenizer.encode_special_tokens = True  # treat "<|endoftext|>" in a text as ordinary characters
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        ids = self._tokenizer.get_vocab(with_added_tokens=True)
        self.vocab_size = max(ids.values(), default=-1) + 1
        self._bytes = _token_bytes(ids, content, self.vocab_size)

    def encode(self, text: str) -> list[int]:
        """Encode ``text``; lone surrogates, which are not characters, become question marks."""
        clean = text.encode("utf-8", "replace").decode()
        return list(self._tokenizer.encode(clean, add_special_tokens=False).ids)

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        """Return the exact bytes; special tokens and unused ids give none. ``ValueError`` outside the vocabulary."""
        if tokens and not (min(tokens) >= 0 and max(tokens) < self.vocab_size):
            raise ValueError(f"token ids run from 0 to {self.vocab_size - 1}")
        return b"".join([self._bytes[token] for token in tokens])

    def decode(self, tokens: Sequence[int]) -> str:
        """Decode to text; bytes that are not valid UTF-8 become U+FFFD."""
        return self.decode_bytes(tokens).decode("utf-8", "replace")


def choose_tokenizer(model: Path, vocab_size: int, override: Path | None = None) -> Coder:
    """Find the tokenizer of a model file with ``vocab_size`` rows in its embedding.

    ``override`` (a tokenizer.json or a World vocabulary .txt) takes precedence, then a tokenizer file beside the model
    whose size fits, then the World vocabulary. Raises ``ModelError`` if none fits.
    """
    if override is not None:
        return _check(_read(override), override, vocab_size)
    coder, unreadable = _fitting(model, vocab_size)
    if coder is not None:
        return coder
    if vocab_size == MODEL_VOCABULARY:
        if unreadable:
            LOG.warning("%s The World vocabulary is used instead.", unreadable)
        return WorldTokenizer()
    if unreadable:
        raise unreadable
    older = " The older Pile models use 20B_tokenizer.json." if 50254 <= vocab_size <= 50432 else ""
    raise ModelError(
        "{model} has a vocabulary of {size} tokens, and no tokenizer.json of that size lies beside it.{older} "
        "Put it there or name it under [model] tokenizer.",
        model=model.name,
        size=vocab_size,
        older=older,
    )


def _fitting(model: Path, vocab_size: int) -> tuple[Coder | None, ModelError | None]:
    """Return the first tokenizer beside ``model`` whose size fits, and the error of the first unreadable one."""
    unreadable: ModelError | None = None
    for path in _beside(model):
        try:
            coder = JsonTokenizer(path)
        except ModelError as error:
            unreadable = unreadable or error
            continue
        if coder.vocab_size <= vocab_size < coder.vocab_size + PADDING:
            return coder, unreadable
    return None, unreadable


def _read(path: Path) -> Coder:
    if not path.is_file():
        raise ModelError("There is no tokenizer file {path}.", path=path)
    return JsonTokenizer(path) if path.suffix == ".json" else WorldTokenizer(path)


def _check(coder: Coder, path: Path, vocab_size: int) -> Coder:
    if coder.vocab_size > vocab_size:
        raise ModelError(
            "The tokenizer {path} has {size} tokens, but the model knows only {known}: it belongs to another model.",
            path=path,
            size=coder.vocab_size,
            known=vocab_size,
        )
    if coder.vocab_size + PADDING <= vocab_size:
        raise ModelError(
            "The tokenizer {path} has only {size} tokens, and the model knows {known}: it belongs to another model.",
            path=path,
            size=coder.vocab_size,
            known=vocab_size,
        )
    return coder


def _beside(model: Path) -> Iterator[Path]:
    """Yield the tokenizer files beside the model, the one named after it first."""
    for name in (f"{model.stem}.tokenizer.json", "tokenizer.json", "20B_tokenizer.json"):
        if (model.parent / name).is_file():
            yield model.parent / name


def _check_ids(content: dict[str, Any]) -> None:
    """Raise ``ValueError`` on ids that would need a huge table. The library detects other errors."""
    model = content.get("model")
    vocabulary = model.get("vocab") if isinstance(model, dict) else None
    ids = list(vocabulary.values()) if isinstance(vocabulary, dict) else []
    ids += [token.get("id") for token in content.get("added_tokens") or [] if isinstance(token, dict)]
    for token in ids:
        if isinstance(token, int) and not 0 <= token < MAX_TOKENS:
            raise ValueError(f"the token id {token} is not between 0 and {MAX_TOKENS - 1}")


def _token_bytes(ids: dict[str, int], content: dict[str, Any], size: int) -> list[bytes]:
    """Return the bytes of each token id, according to the file's notation."""
    added = {token["id"]: token for token in content.get("added_tokens", [])}
    table = _byte_level_table()
    byte_level = '"ByteLevel"' in json.dumps([content.get("decoder"), content.get("pre_tokenizer")])
    result = [b""] * size
    for text, token in ids.items():
        if token in added:
            result[token] = b"" if added[token].get("special") else text.encode()
        elif byte_level:
            result[token] = b"".join(bytes([table[char]]) if char in table else char.encode() for char in text)
        elif match := BYTE_TOKEN.fullmatch(text):
            result[token] = bytes([int(match[1], 16)])
        else:
            result[token] = text.replace("\u2581", " ").encode()  # SentencePiece writes a space as U+2581
    return result


def _byte_level_table() -> dict[str, int]:
    """GPT-2's mapping of bytes to visible characters: visible Latin-1 characters are kept, others are moved up."""
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    hidden = [value for value in range(256) if value not in visible]
    return {chr(value): value for value in visible} | {chr(256 + place): value for place, value in enumerate(hidden)}
