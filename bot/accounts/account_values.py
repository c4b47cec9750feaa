"""Values shared with the web platform. They import none of the optional libraries that accounts need."""

from dataclasses import dataclass

from bot.store.kept_accounts import Account as Account


@dataclass(frozen=True, slots=True)
class Identity:
    """The visitor that a new account takes over, or a new one."""

    secret: str
    visitor: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a browser is; passkeys are bound to a host name."""

    site: str  # the host name
    origin: str  # "https://example.org:8443"
    address: str  # IP address or network
