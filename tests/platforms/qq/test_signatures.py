import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bot.platforms.qq.signatures import Signer


def test_a_signature_is_checked() -> None:
    signer = Signer("DG5g3B4j9X2KOErG")
    signature = signer.sign("1725442341", b'{"op": 0}')
    assert signer.check(signature, "1725442341", b'{"op": 0}')
    assert not signer.check(signature, "1725442342", b'{"op": 0}')
    assert not signer.check(signature, "1725442341", b'{"op": 1}')
    assert not Signer("another").check(signature, "1725442341", b'{"op": 0}')
    assert not signer.check("no hexadecimal", "1725442341", b"")
    assert not signer.check("ab", "1725442341", b"")


def test_the_key_is_the_secret_repeated_to_32_bytes() -> None:
    key = Ed25519PrivateKey.from_private_bytes(b"abcabcabcabcabcabcabcabcabcabcab")
    assert Signer("abc").sign("1", b"2") == key.sign(b"12").hex()
    with pytest.raises(ValueError, match="empty"):
        Signer("")
