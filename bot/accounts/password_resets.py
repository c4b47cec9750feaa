"""Password reset links. Only hashes of their codes are stored."""

import hmac
import logging
import secrets
import time
from collections.abc import Callable
from typing import Protocol, TypedDict

from bot.accounts.account_values import Account
from bot.accounts.invitations import invitation_id
from bot.store.account_tables import RESETS

log = logging.getLogger(__name__)

SECONDS = 24 * 3600.0


class Link(TypedDict):
    """A stored link."""

    code: str  # its hash
    visitor: str  # the account's; an earlier account with the same id had another one
    until: float  # Unix time


class LinkValues(Protocol):
    """The store's key-value table."""

    async def get(self, scope: str, key: str) -> Link | None: ...

    async def set(self, scope: str, key: str, value: Link) -> None: ...

    async def update(self, scope: str, key: str, change: Callable[[Link | None], Link | None]) -> Link | None: ...

    async def delete(self, scope: str, key: str) -> bool: ...


class PasswordResets:
    """Creates and redeems links: each works once, within a day, unless a newer one has replaced it."""

    def __init__(self, values: LinkValues, clock: Callable[[], float] = time.time) -> None:
        self._values = values
        self._clock = clock

    async def make(self, account: Account) -> str:
        """Return the code of a new link, which replaces the account's earlier one."""
        code = f"{account.id}.{secrets.token_urlsafe(24)}"
        link = Link(code=invitation_id(code), visitor=account.visitor, until=self._clock() + SECONDS)
        await self._values.set(RESETS, str(account.id), link)
        log.info("a link to reset the password of account %d was made", account.id)
        return code

    async def holds(self, code: str, account: Account) -> bool:
        """Return whether ``code`` resets the password of ``account``."""
        return self._fits(await self._values.get(RESETS, str(account.id)), code, account)

    async def use(self, code: str, account: Account) -> bool:
        """Redeem ``code``. Return whether it was valid."""
        valid = False

        def taken(link: Link | None) -> Link | None:
            nonlocal valid
            valid = self._fits(link, code, account)
            return None if valid else link

        await self._values.update(RESETS, str(account.id), taken)
        if valid:
            log.info("the password of account %d was reset by a link", account.id)
        return valid

    async def revoke(self, account: Account) -> None:
        """Revoke the account's link, if there is one."""
        await self._values.delete(RESETS, str(account.id))

    def _fits(self, link: Link | None, code: str, account: Account) -> bool:
        return (
            link is not None
            and hmac.compare_digest(link["code"], invitation_id(code))
            and link["visitor"] == account.visitor
            and self._clock() < link["until"]
        )


def account_of(code: str) -> int | None:
    """Return the id of the account that a code belongs to."""
    number, _, secret = code.partition(".")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 19 and secret else None
