"""Passkey requests to browsers. Verification of their responses is tested with the accounts."""

from bot.accounts.account_values import Place
from bot.accounts.ceremonies import Ceremonies
from bot.accounts.challenges import Challenges

HERE = Place("roost.example", "https://roost.example", "203.0.113.9")


def test_a_passkey_is_all_that_is_asked_for() -> None:
    ceremonies = Ceremonies("Roost", Challenges())
    made = ceremonies.registration(HERE, "join", user=b"0" * 16, name="Ann")
    assert made["rp"] == {"name": "Roost", "id": "roost.example"}
    selection = made["authenticatorSelection"]
    assert isinstance(selection, dict)
    assert selection["userVerification"] == selection["residentKey"] == "required"
    asked = ceremonies.authentication(HERE)
    assert (asked["rpId"], asked["userVerification"]) == ("roost.example", "required")
    assert asked["challenge"] != ceremonies.authentication(HERE)["challenge"]
