"""Signatures of webhook requests: Ed25519, with a key derived from the bot's secret.

https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/sign.html
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SEED_BYTES = 32


class Signer:
    """Signs and verifies as QQ does."""

    def __init__(self, secret: str) -> None:
        """Derive the key by repeating ``secret`` to 32 bytes. Raises ValueError if it is empty."""
        data = secret.encode()
        if not data:
            raise ValueError("the secret is empty")
        seed = (data * (SEED_BYTES // len(data) + 1))[:SEED_BYTES]
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    def sign(self, timestamp: str, body: bytes) -> str:
        """Return the signature in hexadecimal."""
        return self._key.sign(timestamp.encode() + body).hex()

    def check(self, signature: str, timestamp: str, body: bytes) -> bool:
        """Return whether ``signature`` is valid for this request."""
        try:
            self._key.public_key().verify(bytes.fromhex(signature), timestamp.encode() + body)
        except (InvalidSignature, ValueError):
            return False
        return True
