"""Shared by the account routes: the account service and the limits on attempts to sign in."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from bot.accounts.account_values import Account, BrowserLocation
from bot.accounts.browser_sessions import mark
from bot.platforms.web.failure_limiter import FailureLimiter
from bot.platforms.web.guard import host_name
from bot.platforms.web.visitors import YEAR_SECONDS, is_https, network_of

if TYPE_CHECKING:
    from bot.accounts.account_service import Accounts

COOKIE = "roost_account"
BROWSER_COOKIE = "roost_browser"  # known browsers get in even while others guess the password
ATTEMPTS, ATTEMPT_SECONDS = 20, 60.0  # per address, successful or not: each attempt may cost a password hash
GUESSES, GUESS_SECONDS = 10, 900.0  # failed ones, per account


class AccountAccess:
    """The account service behind rate limits."""

    def __init__(self, accounts: "Accounts", clock: Callable[[], float] = time.monotonic) -> None:
        self.accounts = accounts
        self._attempts = FailureLimiter(clock, most=ATTEMPTS, seconds=ATTEMPT_SECONDS)
        self._guesses = FailureLimiter(clock, most=GUESSES, seconds=GUESS_SECONDS)

    def attempt(self, request: Request) -> None:
        """Count one attempt from the request's address. Raises Problem (429) if there were too many."""
        address = network_of(request)
        self._attempts.check(address)
        self._attempts.record_failure(address)

    @contextmanager
    def guess(self, account_key: str, browser: str) -> Iterator[None]:
        """Wrap a password check; an exception inside counts as a wrong guess. Raises Problem (429).

        ``browser`` names a browser that was signed in to this account before; it has its own counter. The guess is
        counted before the check, so that concurrent guesses cannot all slip through.
        """
        name = f"browser:{browser}" if browser else f"account:{account_key}"
        self._guesses.check(name)
        self._guesses.record_failure(name)
        yield
        self._guesses.undo_failure(name)

    async def sign_in(self, request: Request, response: Response, account: Account) -> None:
        """Sign in the browser that sent ``request``."""
        secret = await self.accounts.browsers.sign_in(account, browser_of(request))
        secure = is_https(request)
        for name, value in ((COOKIE, secret), (BROWSER_COOKIE, mark(account))):
            response.set_cookie(
                name, value, max_age=YEAR_SECONDS, path="/", httponly=True, samesite="lax", secure=secure
            )


def location_of(request: Request) -> BrowserLocation:
    """Return the host and origin that the browser used. The guard has already validated the Host header."""
    host = request.headers.get("host", "")
    return BrowserLocation(host_name(host), f"{request.scope['scheme']}://{host}", network_of(request) or "")


def browser_of(request: Request) -> str:
    """Return a readable name for the browser, such as "Firefox, Linux"."""
    agent = request.headers.get("user-agent", "")
    names = ("Edg", "OPR", "Firefox", "Chrome", "Safari")  # order matters: most user agents also name those after them
    systems = ("Android", "iPhone", "iPad", "Windows", "Mac OS", "CrOS", "Linux")
    shown = {"Edg": "Edge", "OPR": "Opera", "Mac OS": "macOS", "CrOS": "ChromeOS"}
    found = [next((name for name in group if name in agent), "") for group in (names, systems)]
    return ", ".join(shown.get(name, name) for name in found if name)
