"""Converts tokens between vocabularies, so that a channel survives a change of the model's tokenizer.

Tokens are authoritative as long as the tokenizer stays the same. Each turn also stores the exact text of its tokens
and the name of their vocabulary, so that a model with another vocabulary reads the same text.
"""

import hashlib
from dataclasses import replace

from bot.chat.engine import Engine
from bot.store.node import Node

# Words, digits, spaces, punctuation, line breaks and four scripts: different tokenizers split some of it differently.
PROBE = "User: Hello, wonderful  world!\n\nAssistant: 1234567 things\tdéjà vu. 你好，世界。こんにちは🦉\n" * 2


class Vocabulary:
    """The running model's vocabulary, and the conversion of turns to it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._named: tuple[str, str] = ("", "")  # the model's fingerprint and its vocabulary's name

    @property
    def name(self) -> str:
        """The name of the running model's vocabulary; it follows a change of the model."""
        fingerprint = self._engine.info.fingerprint
        if self._named[0] != fingerprint:
            self._named = (fingerprint, vocabulary_name(self._engine))
        return self._named[1]

    def texts(self, node: Node) -> tuple[str, str, str]:
        """Return the name of a turn's vocabulary and the texts of its tokens: its own, or those of a new turn."""
        if node.vocabulary:
            return node.vocabulary, node.read, node.written
        decode = self._engine.coder.decode
        return self.name, decode(node.input_tokens), decode(node.output_tokens)

    def native(self, node: Node) -> Node:
        """Return a stored turn in tokens of the running vocabulary."""
        if node.vocabulary in ("", self.name):
            return node
        return replace(
            node,
            vocabulary=self.name,
            input_tokens=tuple(self._engine.coder.encode(node.read)),
            output_tokens=tuple(self._engine.coder.encode(node.written)),
        )


def vocabulary_name(engine: Engine) -> str:
    """Return a name that two tokenizers share only if they split the probe alike."""
    tokens = ",".join(map(str, engine.coder.encode(PROBE)))
    return hashlib.sha256(f"{engine.info.vocab_size}:{tokens}".encode()).hexdigest()[:32]
