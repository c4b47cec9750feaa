"""Passkeys of accounts: public keys, whose private halves never leave their devices."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import InvalidOption
from bot.store.connection import now, reading, writing
from bot.store.statements import insert_new
from bot.store.tables import passkeys

MAX_PASSKEYS = 20  # per account


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A row of ``passkeys``."""

    account: int = 0
    label: str
    credential: bytes  # the credential's id
    site: str  # host name that it is valid for
    public_key: bytes = field(repr=False)
    uses: int = 0  # signature counter of its device
    created: datetime | None = None  # UTC
    used: datetime | None = None

    @property
    def id(self) -> str:
        return passkey_id(self.credential)


class PasskeyTable:
    """The table ``passkeys``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, account: int, passkey: Passkey) -> None:
        """Add a passkey. Raises InvalidOption if it is already known or there are too many."""
        async with writing(self._engine) as connection:
            await add_passkey(connection, account, passkey)

    async def find(self, credential: bytes) -> Passkey | None:
        """Return a passkey by its credential id."""
        found = await self._all(passkeys.c.id == passkey_id(credential))
        return found[0] if found else None

    async def of(self, account: int) -> list[Passkey]:
        """Return an account's passkeys, oldest first."""
        return await self._all(passkeys.c.account_id == account)

    async def note_use(self, passkey: Passkey, uses: int) -> bool:
        """Record a use. Returns False if the counter is not that of ``passkey``: another request came first."""
        same = (passkeys.c.id == passkey.id, passkeys.c.uses == passkey.uses)
        async with writing(self._engine) as connection:
            changed = await connection.execute(update(passkeys).where(*same).values(uses=uses, used=now()))
            return changed.rowcount > 0

    async def remove(self, account: int, name: str) -> bool:
        """Delete a passkey. Returns whether it existed."""
        mine = (passkeys.c.account_id == account, passkeys.c.id == name)
        async with writing(self._engine) as connection:
            return (await connection.execute(delete(passkeys).where(*mine))).rowcount > 0

    async def _all(self, condition: ColumnElement[bool]) -> list[Passkey]:
        query = select(passkeys).where(condition).order_by(passkeys.c.created, passkeys.c.id)
        async with reading(self._engine) as connection:
            return [
                Passkey(
                    account=row.account_id, label=row.label, credential=row.credential, site=row.site,
                    public_key=row.public_key, uses=row.uses, created=row.created, used=row.used,
                )
                for row in await connection.execute(query)
            ]  # fmt: skip


async def add_passkey(connection: AsyncConnection, account: int, passkey: Passkey) -> None:
    """Add a passkey, within the caller's transaction. Raises InvalidOption."""
    query = select(func.count()).select_from(passkeys).where(passkeys.c.account_id == account)
    if (await connection.execute(query)).scalar_one() >= MAX_PASSKEYS:
        raise InvalidOption("An account can have at most {limit} passkeys. Remove one first.", limit=MAX_PASSKEYS)
    row = {
        "id": passkey.id, "account_id": account, "label": passkey.label, "credential": passkey.credential,
        "site": passkey.site, "public_key": passkey.public_key, "uses": passkey.uses, "created": now(), "used": now(),
    }  # fmt: skip
    made = await connection.execute(insert_new(connection, passkeys).returning(passkeys.c.id), row)
    if made.one_or_none() is None:
        raise InvalidOption("This passkey is in use already.")


def passkey_id(credential: bytes) -> str:
    """Return the key a passkey is found by: credential ids themselves may be 1,023 bytes long."""
    return sha256(credential).hexdigest()
