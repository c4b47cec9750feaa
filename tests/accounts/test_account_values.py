"""The repr of account values contains no secrets."""

from bot.accounts.account_values import Account, BrowserLocation


def test_secrets_are_not_shown() -> None:
    account = Account(key="ann", name="Ann", password="hash of it", secret="0123", visitor="v")
    assert "hash of it" not in repr(account)
    assert "0123" not in repr(account)


def test_places_are_values() -> None:
    assert BrowserLocation("a", "https://a", "1") == BrowserLocation("a", "https://a", "1")
