"""The World vocabulary: 65,529 byte strings; text is split greedily into the longest matching ones."""

import ast
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.engine.printable import printable
from bot.engine.text.vocabulary_file import MAX_TOKENS, read_vocabulary
from bot.errors import ModelError

VOCABULARY_FILE = "rwkv_vocab_v20230424.txt"
NO_TOKEN = -1
MODEL_VOCABULARY = 65536  # rows in the models' embedding and head: more than there are tokens


class WorldTokenizer:
    """Text to token ids and back. Token 0 ends a text and has no bytes."""

    def __init__(self, path: Path | None = None) -> None:
        """``path``: another vocabulary file in the same format; raises ``ModelError`` if it cannot be read."""
        tokens = _read(path or bundled_vocabulary())
        self.vocab_size = max(MODEL_VOCABULARY, max(tokens) + 1) if path is None else max(tokens) + 1
        self._bytes = [tokens.get(token, b"") for token in range(self.vocab_size)]
        self._trie = _trie(tokens)

    def encode(self, text: str) -> list[int]:
        """Encode ``text``; lone surrogates, which are not characters, become question marks."""
        return self.encode_bytes(text.encode("utf-8", "replace"))

    def encode_bytes(self, data: bytes) -> list[int]:
        """Encode any bytes: at each position the longest matching token."""
        tokens, begin, size = [], 0, len(data)
        while begin < size:
            token, branch = self._trie[data[begin]]  # every single byte is a token
            begin = place = begin + 1
            while branch and place < size and (found := branch.get(data[place])):
                longer, branch = found
                place += 1
                if longer >= 0:
                    token, begin = longer, place
            tokens.append(token)
        return tokens

    def decode_bytes(self, tokens: Sequence[int]) -> bytes:
        """Return the exact bytes; unused ids give none. Raises ``ValueError`` outside the vocabulary."""
        if tokens and not (min(tokens) >= 0 and max(tokens) < self.vocab_size):
            raise ValueError(f"token ids run from 0 to {self.vocab_size - 1}")
        return b"".join([self._bytes[token] for token in tokens])

    def decode(self, tokens: Sequence[int]) -> str:
        """Decode to text; bytes that are not valid UTF-8 become U+FFFD."""
        return self.decode_bytes(tokens).decode("utf-8", "replace")


def bundled_vocabulary() -> Path:
    """Return the vocabulary file bundled with the `rwkv` package, without importing the package."""
    spec = importlib.util.find_spec("rwkv")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    for folder in folders:
        if (folder / VOCABULARY_FILE).is_file():
            return folder / VOCABULARY_FILE
    raise ModelError("The World vocabulary {file} is missing: reinstall the rwkv package.", file=VOCABULARY_FILE)


def _read(path: Path) -> dict[int, bytes]:
    """Read a vocabulary file: on each line an id, a Python string or bytes literal, and the length in bytes."""
    try:
        lines = read_vocabulary(path).removesuffix("\n").split("\n")
        fields = [(*line.split(" ", 1)[:1], *line.split(" ", 1)[1].rsplit(" ", 1)) for line in lines]
        values = ast.literal_eval(
            "[" + ",".join(literal for _, literal, _ in fields) + "]"
        )  # one call is fast, 65,529 are not
        tokens: dict[int, bytes] = {}
        for (identifier, _, size), value in zip(fields, values, strict=True):
            data = value.encode() if isinstance(value, str) else value
            if not isinstance(data, bytes) or len(data) != int(size) or not data:
                raise ValueError(f"the token {identifier} is not a text of {size} bytes")
            if not 0 <= int(identifier) < MAX_TOKENS:
                raise ValueError(f"the token id {identifier} is not between 0 and {MAX_TOKENS - 1}")
            tokens[int(identifier)] = data
    except (OSError, ValueError, SyntaxError, TypeError, IndexError, MemoryError, RecursionError) as error:
        reason = printable(str(error))[:200]
        raise ModelError("{path} is not a World vocabulary: {reason}", path=path, reason=reason) from error
    if {bytes([value]) for value in range(256)} - set(tokens.values()):
        raise ModelError("{path} lacks some of the 256 single bytes: not a whole World vocabulary.", path=path)
    return tokens


def _trie(tokens: dict[int, bytes]) -> dict[int, tuple[int, Any]]:
    """Build a trie. A node maps a byte to the token ending there, or NO_TOKEN, and to the next node, or None."""
    root: dict[int, tuple[int, Any]] = {}
    for token, data in tokens.items():
        node = root
        for byte in data[:-1]:
            ends, branch = node.get(byte, (NO_TOKEN, None))
            if branch is None:
                branch = {}
                node[byte] = (ends, branch)
            node = branch
        node[data[-1]] = (token, node.get(data[-1], (NO_TOKEN, None))[1])
    return root
