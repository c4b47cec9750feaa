"""Invitation codes: each lets one person create an account, until it expires."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from bot.errors import InvalidOption, NotFound
from bot.store.account_tables import Invitation, InvitationTable

DAYS = 7
MAX_DAYS = 90
MAX_NOTE_LENGTH = 100


class Invitations:
    """Creates and revokes invitations. Only hashes of the codes are stored."""

    def __init__(self, table: InvitationTable) -> None:
        self._table = table

    async def make(self, note: str = "", days: int = DAYS) -> str:
        """Create an invitation and return its code. Raises InvalidOption if ``days`` is out of range."""
        if not 1 <= days <= MAX_DAYS:
            raise InvalidOption("An invitation lasts 1 to {most} days.", most=MAX_DAYS)
        code = secrets.token_urlsafe(24)
        await self._table.add(invitation_id(code), " ".join(note.split())[:MAX_NOTE_LENGTH], timedelta(days=days))
        return code

    async def holds(self, code: str) -> bool:
        return await self._table.holds(invitation_id(code))

    async def all(self) -> Sequence[Invitation]:
        """Return the open invitations."""
        return await self._table.all()

    async def revoke(self, name: str) -> None:
        """Revoke an open invitation. Raises NotFound if there is none."""
        if not await self._table.revoke(name):
            raise NotFound("This invitation is no longer open.")


def invitation_id(code: str) -> str:
    """Return the hash under which a code is stored."""
    return sha256(code.encode("utf-8", "replace")).hexdigest()
