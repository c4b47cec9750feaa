"""The name of a sequence of tokens: a chain, so that the name of a longer path follows from that of its beginning."""

from collections.abc import Iterable
from hashlib import blake2b

BYTES = 16  # two paths of one name do not happen, not even when somebody looks for them (2**64 tries)
NOTHING = blake2b(b"", digest_size=BYTES).hexdigest()  # of no tokens at all


def own_beginning(channel: int) -> str:
    """Where digests begin in a tree that came with states: those cannot be checked, so they are not shared."""
    return blake2b(f"channel {channel}".encode(), digest_size=BYTES).hexdigest()


def tuned_beginning(initial: str) -> str:
    """Where digests begin in a tree that is read after the tuned state ``initial``; "" for the model's own."""
    return blake2b(f"state {initial}".encode(), digest_size=BYTES).hexdigest() if initial else NOTHING


def digest_after(before: str, tokens: Iterable[int]) -> str:
    """The digest of a path whose beginning has the digest ``before``: half a microsecond a token.

    How the tokens were cut into turns is no part of it.
    """
    state = bytes.fromhex(before)
    for token in tokens:
        state = blake2b(state + token.to_bytes(4, "little"), digest_size=BYTES).digest()
    return state.hex()
