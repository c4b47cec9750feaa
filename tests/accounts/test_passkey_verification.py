"""Passkey requests to browsers. Verification of their responses is tested with the accounts."""

import json

import pytest
from webauthn.helpers import bytes_to_base64url

from bot.accounts.account_values import BrowserLocation
from bot.accounts.challenges import Challenges
from bot.accounts.passkey_verification import PasskeyVerification
from bot.errors import NotAllowed
from bot.store.passkeys import Passkey

HERE = BrowserLocation("roost.example", "https://roost.example", "203.0.113.9")


def test_a_passkey_is_all_that_is_asked_for() -> None:
    verification = PasskeyVerification("Roost", Challenges())
    made = verification.registration_options(HERE, "join", user=b"0" * 16, name="Ann")
    assert made["rp"] == {"name": "Roost", "id": "roost.example"}
    selection = made["authenticatorSelection"]
    assert isinstance(selection, dict)
    assert selection["userVerification"] == selection["residentKey"] == "required"
    asked = verification.authentication_options(HERE)
    assert (asked["rpId"], asked["userVerification"]) == ("roost.example", "required")
    assert asked["challenge"] != verification.authentication_options(HERE)["challenge"]


def test_a_refusal_cannot_forge_lines_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    verification = PasskeyVerification("Roost", Challenges())
    challenge = verification.authentication_options(HERE)["challenge"]
    origin = "https://evil.example\nERROR bot: forged"
    told = json.dumps({"type": "webauthn.get", "challenge": challenge, "origin": origin}).encode()
    response = {
        "clientDataJSON": bytes_to_base64url(told),
        "authenticatorData": bytes_to_base64url(bytes(37)),
        "signature": "AA",
    }
    credential = {"id": "AA", "rawId": "AA", "type": "public-key", "response": response}
    passkey = Passkey(label="", credential=b"\0", site=HERE.site, public_key=b"")
    with pytest.raises(NotAllowed):
        verification.verify_authentication(HERE, credential, passkey)
    assert "evil.example" in caplog.text
    assert len(caplog.text.splitlines()) == 1
