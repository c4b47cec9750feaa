"""What is told of accounts and of those who want in. Needs none of the libraries that accounts need."""

from dataclasses import dataclass

from bot.store.kept_accounts import Account as Account


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a new account is: a visitor with all its conversations, or somebody new."""

    secret: str
    visitor: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a browser is: passkeys hold for one host name."""

    site: str  # the host name
    origin: str  # "https://example.org:8443"
    address: str  # of the network
