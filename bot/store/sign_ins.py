"""Browsers that are signed in to accounts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.store.connection import now, reading, writing
from bot.store.tables import accounts, sign_ins

MAX_SIGN_INS = 20  # per account; beyond that the least recently used is signed out
LIFETIME = timedelta(days=90)  # since the last use
NOTED = timedelta(hours=1)  # resolution of the recorded last use


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A row of ``sign_ins``."""

    id: str  # hash of the cookie
    account: int
    browser: str
    created: datetime
    used: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """The account behind a request, found by its browser's sign-in."""

    id: str  # of the sign-in
    account: int
    name: str
    secret: str
    visitor: str


class SignInTable:
    """The table ``sign_ins``."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, name: str, account: int, browser: str) -> None:
        """Sign a browser in."""
        mine = select(sign_ins.c.id).where(sign_ins.c.account_id == account)
        async with writing(self._engine) as connection:
            old = mine.order_by(sign_ins.c.used.desc(), sign_ins.c.id).offset(MAX_SIGN_INS - 1)
            beyond = list((await connection.execute(old)).scalars())
            await connection.execute(delete(sign_ins).where(sign_ins.c.id.in_(beyond)))
            await connection.execute(delete(sign_ins).where(sign_ins.c.used < now() - LIFETIME))
            row = {"id": name, "account_id": account, "browser": browser, "created": now(), "used": now()}
            await connection.execute(sign_ins.insert().values(row))

    async def find(self, name: str) -> SignedIn | None:
        """Return the account of a browser, or None if it is signed out."""
        query = select(sign_ins.c.used, sign_ins.c.account_id, accounts.c.name, accounts.c.secret, accounts.c.visitor)
        query = query.join_from(sign_ins, accounts).where(sign_ins.c.id == name, sign_ins.c.used >= now() - LIFETIME)
        async with reading(self._engine) as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if row.used < now() - NOTED:
            async with writing(self._engine) as connection:
                await connection.execute(update(sign_ins).where(sign_ins.c.id == name).values(used=now()))
        return SignedIn(id=name, account=row.account_id, name=row.name, secret=row.secret, visitor=row.visitor)

    async def of(self, account: int) -> list[SignIn]:
        """Return an account's sign-ins, most recently used first."""
        mine = (sign_ins.c.account_id == account, sign_ins.c.used >= now() - LIFETIME)
        query = select(sign_ins).where(*mine).order_by(sign_ins.c.used.desc(), sign_ins.c.created.desc())
        async with reading(self._engine) as connection:
            return [
                SignIn(id=row.id, account=row.account_id, browser=row.browser, created=row.created, used=row.used)
                for row in await connection.execute(query)
            ]

    async def end(self, account: int, *, name: str = "", besides: str = "") -> list[str]:
        """Sign out the browser ``name`` of an account, or all except ``besides``. Returns the ids signed out."""
        gone = delete(sign_ins).where(sign_ins.c.account_id == account, sign_ins.c.id != besides)
        if name:
            gone = gone.where(sign_ins.c.id == name)
        async with writing(self._engine) as connection:
            return list((await connection.execute(gone.returning(sign_ins.c.id))).scalars())
