"""Whether the bot's tokenizer and the one that a replica was started with are the same."""

import hashlib

from bot.chat.retokenizing import PROBE
from bot.engine.types import Coder


def coder_digest(coder: Coder) -> str:
    """Hash every token's bytes and the tokenization of a sample text."""
    whole = hashlib.sha256(f"{coder.vocab_size}\n".encode())
    for token in range(coder.vocab_size):
        data = coder.decode_bytes([token])
        whole.update(len(data).to_bytes(4, "little") + data)
    whole.update(",".join(map(str, coder.encode(PROBE))).encode())
    return whole.hexdigest()[:32]
