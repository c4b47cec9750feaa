"""Tokens of one vocabulary as tokens of another: a channel outlives a change of the model's tokenizer.

Tokens are the truth as long as the tokenizer stays. Each turn also keeps the exact text of its tokens and the name of
their vocabulary, so that a model with another one reads the same words.
"""

import hashlib
from dataclasses import replace

from bot.chat.engine import Engine
from bot.store.node import Node

# Words, digits, spaces, punctuation, line breaks and four scripts: no two tokenizers cut all of it alike.
PROBE = "User: Hello, wonderful  world!\n\nAssistant: 1234567 things\tdéjà vu. 你好，世界。こんにちは🦉\n" * 2


class Vocabulary:
    """The running tokenizer's way of writing turns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._named: tuple[str, str] = ("", "")  # the model's fingerprint and its vocabulary's name

    @property
    def name(self) -> str:
        """The running model's vocabulary; follows a change of the model."""
        fingerprint = self._engine.info.fingerprint
        if self._named[0] != fingerprint:
            self._named = (fingerprint, vocabulary_name(self._engine))
        return self._named[1]

    def complete(self, node: Node) -> Node:
        """A turn about to be stored, with the text of its tokens and the vocabulary's name."""
        if node.vocabulary:
            return node
        return replace(
            node,
            vocabulary=self.name,
            read=self._engine.coder.decode(node.input_tokens),
            written=self._engine.coder.decode(node.output_tokens),
        )

    def native(self, node: Node) -> Node:
        """A stored turn in the running tokenizer's tokens."""
        if node.vocabulary in ("", self.name):
            return node
        return replace(
            node,
            vocabulary=self.name,
            input_tokens=tuple(self._engine.coder.encode(node.read)),
            output_tokens=tuple(self._engine.coder.encode(node.written)),
        )


def vocabulary_name(engine: Engine) -> str:
    """A name that two tokenizers share only if they cut text alike."""
    tokens = ",".join(map(str, engine.coder.encode(PROBE)))
    return hashlib.sha256(f"{engine.info.vocab_size}:{tokens}".encode()).hexdigest()[:32]
