"""A software passkey that answers as a browser would: ES256, without attestation."""

import json
from collections.abc import Mapping
from hashlib import sha256

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url as b64

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftPasskey:
    """A passkey for a single site."""

    def __init__(self, number: int = 1, flags: int = PRESENT | VERIFIED) -> None:
        self.id = number.to_bytes(16, "big")
        self.flags = flags
        self.uses = 0
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._site = ""

    def make(self, options: Mapping[str, object], origin: str) -> dict[str, object]:
        """Return the result of navigator.credentials.create()."""
        site = options["rp"]
        assert isinstance(site, dict)
        self._site = site["id"]
        data = self._data(ATTESTED) + bytes(16) + len(self.id).to_bytes(2, "big") + self.id + self._public_key()
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, origin)
        return self._answer({"clientDataJSON": b64(client), "attestationObject": b64(attestation)})

    def use(self, options: Mapping[str, object], origin: str) -> dict[str, object]:
        """Return the result of navigator.credentials.get()."""
        self.uses += 1
        data, client = self._data(0), self._client("webauthn.get", options, origin)
        signature = self._key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self._answer({name: b64(part) for name, part in parts.items()})

    def _answer(self, response: Mapping[str, str]) -> dict[str, object]:
        name = b64(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "clientExtensionResults": {}, "response": response}

    def _client(self, kind: str, options: Mapping[str, object], origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": options["challenge"], "origin": origin}).encode()

    def _data(self, more: int) -> bytes:
        return sha256(self._site.encode()).digest() + bytes([self.flags | more]) + self.uses.to_bytes(4, "big")

    def _public_key(self) -> bytes:
        point = self._key.public_key().public_numbers()
        values = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        return bytes(cbor2.dumps(values))
