"""Values shared with the web platform. They import none of the optional libraries that accounts need."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from bot.store.account_tables import Account as Account

REFUSED = "The passkey was not accepted. Please try again."

Options = Mapping[str, object]  # of navigator.credentials.create() and get()
Credential = Mapping[str, object]  # the browser's response, as JSON


def can_have_accounts() -> bool:
    """Return whether the optional libraries are installed, without importing them."""
    return all(find_spec(name) for name in ("argon2", "webauthn"))


@dataclass(frozen=True, slots=True)
class Identity:
    """The visitor that a new account takes over, or a new one."""

    secret: str
    visitor: str


@dataclass(frozen=True, slots=True)
class BrowserLocation:
    """Where a browser is; passkeys are bound to a host name."""

    site: str  # the host name
    origin: str  # "https://example.org:8443"
    address: str  # IP address or network
