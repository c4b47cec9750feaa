"""Digests of token sequences. They form a chain: the digest of a longer path is computed from that of its prefix."""

from collections.abc import Iterable
from hashlib import blake2b

BYTES = 16  # collisions do not happen, not even deliberately (2**64 attempts)
EMPTY = blake2b(digest_size=BYTES)  # to be copied, which is faster than making one
NOTHING = EMPTY.hexdigest()  # digest of the empty sequence


def own_beginning(channel: int) -> str:
    """Return the initial digest of a tree imported with states, which cannot be verified and so are not shared."""
    return blake2b(f"channel {channel}".encode(), digest_size=BYTES).hexdigest()


def tuned_beginning(initial: str) -> str:
    """Return the initial digest of a tree that starts from the tuned state ``initial``; "": the model's default."""
    return blake2b(f"state {initial}".encode(), digest_size=BYTES).hexdigest() if initial else NOTHING


def digest_after(before: str, tokens: Iterable[int]) -> str:
    """Return the digest of ``tokens`` after a prefix with the digest ``before``. Takes half a microsecond per token.

    How the tokens are divided into turns does not matter.
    """
    state = bytes.fromhex(before)
    for token in tokens:
        chain = EMPTY.copy()
        chain.update(state + token.to_bytes(4, "little"))
        state = chain.digest()
    return state.hex()
