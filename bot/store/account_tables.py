"""Accounts on the web page, and invitations to create one."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.errors import InvalidOption, NotFound
from bot.i18n import N_
from bot.store.connection import now, reading, writing
from bot.store.passkeys import Passkey, add_passkey
from bot.store.statements import insert_new
from bot.store.tables import accounts, invitations, passkeys, sign_ins

MAX_INVITATIONS = 200  # open at the same time
RESETS = "password-resets"  # scope of the key-value store; keyed by account id: one link per account
INVALID = N_("This invitation is no longer valid. Ask for a new one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A row of ``accounts``."""

    id: int = 0
    key: str  # the name in the form used for comparison
    name: str
    password: str | None = field(default=None, repr=False)  # its hash
    secret: str = field(repr=False)
    visitor: str
    created: datetime | None = None  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountLine:
    """An account in the owner's list."""

    id: int
    name: str
    created: datetime
    used: datetime | None  # by any browser; None: no browser is signed in
    browsers: int
    passkeys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A row of ``invitations``."""

    id: str  # hash of its code
    note: str
    created: datetime
    expires: datetime


class AccountTable:
    """The table ``accounts``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, new: Account, invitation: str, passkey: Passkey | None = None) -> Account:
        """Create an account and use up its invitation. Raises NotFound, InvalidOption."""
        async with writing(self._engine) as connection:
            await _use_invitation(connection, invitation)
            row = {"key": new.key, "name": new.name, "password": new.password, "secret": new.secret,
                   "visitor": new.visitor, "created": now()}  # fmt: skip
            made = await connection.execute(insert_new(connection, accounts).returning(*accounts.c), row)
            if (found := made.one_or_none()) is None:
                raise InvalidOption('The name "{name}" is taken. Please choose another one.', name=new.name)
            account = _account(found)
            if passkey is not None:
                await add_passkey(connection, account.id, passkey)
        return account

    async def find(self, key: str) -> Account | None:
        """Return an account by its key."""
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(accounts).where(accounts.c.key == key))).one_or_none()
        return None if row is None else _account(row)

    async def get(self, number: int) -> Account | None:
        async with reading(self._engine) as connection:
            row = (await connection.execute(select(accounts).where(accounts.c.id == number))).one_or_none()
        return None if row is None else _account(row)

    async def all(self) -> list[AccountLine]:
        """Return all accounts, sorted by name."""
        used = select(func.max(sign_ins.c.used)).where(sign_ins.c.account_id == accounts.c.id).scalar_subquery()
        browsers = select(func.count()).where(sign_ins.c.account_id == accounts.c.id).scalar_subquery()
        keys = select(func.count()).where(passkeys.c.account_id == accounts.c.id).scalar_subquery()
        query = select(accounts.c.id, accounts.c.name, accounts.c.created, used.label("used"),
                       browsers.label("browsers"), keys.label("passkeys"))  # fmt: skip
        async with reading(self._engine) as connection:
            rows = await connection.execute(query.order_by(accounts.c.key))
            return [AccountLine(**row._mapping) for row in rows]

    async def visitors(self) -> frozenset[str]:
        """Return the visitor ids that belong to accounts."""
        async with reading(self._engine) as connection:
            return frozenset((await connection.execute(select(accounts.c.visitor))).scalars())

    async def set_password(self, number: int, password: str | None) -> None:
        """Replace the password hash."""
        async with writing(self._engine) as connection:
            await connection.execute(update(accounts).where(accounts.c.id == number).values(password=password))

    async def remove(self, number: int) -> bool:
        """Delete an account with its passkeys and sign-ins. Returns whether it existed."""
        async with writing(self._engine) as connection:
            return (await connection.execute(delete(accounts).where(accounts.c.id == number))).rowcount > 0


class InvitationTable:
    """The table ``invitations``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, name: str, note: str, valid: timedelta) -> Invitation:
        """Add an invitation. Raises InvalidOption if too many are open."""
        made = Invitation(id=name, note=note, created=now(), expires=now() + valid)
        async with writing(self._engine) as connection:
            await connection.execute(delete(invitations).where(invitations.c.expires <= now()))
            count = (await connection.execute(select(func.count()).select_from(invitations))).scalar_one()
            if count >= MAX_INVITATIONS:
                raise InvalidOption("{count} invitations are open, which is the limit. Revoke some first.", count=count)
            row = {"id": made.id, "note": made.note, "created": made.created, "expires": made.expires}
            await connection.execute(insert_new(connection, invitations), row)
        return made

    async def holds(self, name: str) -> bool:
        """Return whether an account can still be created with it."""
        query = select(invitations.c.id).where(invitations.c.id == name, invitations.c.expires > now())
        async with reading(self._engine) as connection:
            return (await connection.execute(query)).one_or_none() is not None

    async def all(self) -> list[Invitation]:
        """Return the open invitations, newest first."""
        query = select(invitations).where(invitations.c.expires > now()).order_by(invitations.c.created.desc())
        async with reading(self._engine) as connection:
            return [Invitation(**row._mapping) for row in await connection.execute(query)]

    async def revoke(self, name: str) -> bool:
        """Delete an invitation. Returns whether it existed."""
        async with writing(self._engine) as connection:
            return (await connection.execute(delete(invitations).where(invitations.c.id == name))).rowcount > 0


async def _use_invitation(connection: AsyncConnection, name: str) -> None:
    used = delete(invitations).where(invitations.c.id == name, invitations.c.expires > now())
    if (await connection.execute(used)).rowcount == 0:
        raise NotFound(INVALID)


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(**row._mapping)
