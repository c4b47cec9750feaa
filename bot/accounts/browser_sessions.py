"""Browsers signed in to accounts, identified by a random cookie of which only a hash is stored."""

import hmac
import re
import secrets
import time
from collections.abc import Callable, Sequence
from hashlib import sha256

from bot.store.account_tables import Account, AccountTable
from bot.store.sign_ins import SignedIn, SignIn, SignInTable

FRESH_SECONDS = 30.0  # how long until accounts created by another process are noticed
MAX_BROWSER_LENGTH = 200
_COOKIE = re.compile(r"[0-9a-f]{64}")


class BrowserSessions:
    """The sessions of all accounts."""

    def __init__(
        self, sign_ins: SignInTable, accounts: AccountTable, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sign_ins = sign_ins
        self._accounts = accounts
        self._clock = clock
        self._visitors: frozenset[str] = frozenset()
        self._read = float("-inf")

    @property
    def any_accounts(self) -> bool:
        """Whether there are any accounts, as of the last ``refresh``."""
        return bool(self._visitors)

    async def sign_in(self, account: Account, browser: str) -> str:
        """Sign in a browser and return its cookie. ``browser``: the name to show for it."""
        secret = secrets.token_hex(32)
        await self._sign_ins.add(_hash(secret), account.id, browser[:MAX_BROWSER_LENGTH])
        return secret

    async def find(self, cookie: str) -> SignedIn | None:
        """Return the account signed in with ``cookie``, or None."""
        return await self._sign_ins.find(_hash(cookie)) if _COOKIE.fullmatch(cookie) else None

    async def of(self, account: int) -> Sequence[SignIn]:
        return await self._sign_ins.of(account)

    async def end(self, account: int, *, name: str = "", besides: str = "") -> Sequence[str]:
        """End one session of an account, or all except ``besides``. Return the ids of those that ended."""
        return await self._sign_ins.end(account, name=name, besides=besides)

    async def refresh(self, *, now: bool = False) -> None:
        """Reread which visitors belong to accounts if that is outdated, or if ``now``."""
        if now or self._clock() - self._read > FRESH_SECONDS:
            began = self._clock()
            self._visitors = await self._accounts.visitors()
            self._read = began

    def is_taken(self, visitor: str) -> bool:
        """Return whether a visitor has become an account; its old cookie alone no longer proves anything."""
        return visitor in self._visitors


def mark(account: Account) -> str:
    """Return a signed cookie that marks a browser as having signed in to ``account``."""
    nonce = secrets.token_hex(8)
    return f"{nonce}.{_sign(account, nonce)}"


def known_browser(account: Account | None, cookie: str) -> str:
    """Return the name of a browser that has signed in to ``account`` before; "" for any other."""
    nonce, _, signature = cookie.partition(".")
    if account is None or not hmac.compare_digest(signature.encode(), _sign(account, nonce).encode()):
        return ""
    return nonce


def _sign(account: Account, nonce: str) -> str:
    return hmac.new(account.secret.encode(), f"browser:{account.id}:{nonce}".encode(), sha256).hexdigest()


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
