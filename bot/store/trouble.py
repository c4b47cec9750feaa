"""What a failure of the database means to the person who was just talking, and to whoever looks after the bot."""

import logging
import sqlite3
import time

from sqlalchemy.exc import DBAPIError

from bot.errors import UserError
from bot.i18n import N_

log = logging.getLogger(__name__)

MINUTE = 60.0

FULL = N_(
    "The disk is full, so nothing new can be saved. What was said before is safe. Please tell whoever runs this bot."
)
READ_ONLY = N_("The disk cannot be written to, so nothing new can be saved. Please tell whoever runs this bot.")
LOCKED = N_(
    "Another program has locked the database, so nothing new can be saved at the moment. Please try again later."
)
DAMAGED = N_(
    "Part of this conversation's data is damaged. Please tell whoever runs this bot; `roost db check` has details."
)
SQLITE = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_IOERR: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: READ_ONLY,
    sqlite3.SQLITE_BUSY: LOCKED,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}
POSTGRESQL = {"53100": FULL, "25006": READ_ONLY, "55P03": LOCKED}  # by SQLSTATE


class StoreError(UserError):
    """The database cannot do now what it should, for a reason that somebody can put right."""

    @property
    def reason(self) -> str:
        """What the database itself said."""
        if isinstance(self.__cause__, UnicodeDecodeError):
            return "the file is damaged"
        return str(getattr(self.__cause__, "orig", None) or self.message)

    @property
    def is_damage(self) -> bool:
        """Whether the file itself is bad."""
        return self.message == DAMAGED


def trouble_of(error: DBAPIError | UnicodeDecodeError) -> StoreError | None:
    """The reason that is known; None: a defect of ours.

    sqlite3 raises UnicodeDecodeError where its message quotes a damaged file.
    """
    if isinstance(error, UnicodeDecodeError):
        return StoreError(DAMAGED)
    message = SQLITE.get(sqlite_code(error)) or POSTGRESQL.get(getattr(error.orig, "sqlstate", None) or "")
    if message is None:
        return None
    return StoreError(message)


class Alarm:
    """Tells the log of a trouble, once a minute: those who run the bot must learn of it, and the log must not grow."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}  # when, by message

    def tell(self, error: StoreError) -> None:
        """Log it, unless that was done just now."""
        now = time.monotonic()
        if now - self._told.get(error.message, -MINUTE) >= MINUTE:
            self._told[error.message] = now
            log.error("%s (%s)", error.message, error.reason)


def sqlite_code(error: DBAPIError) -> int:
    """SQLite's primary error code; 0 where there is none."""
    return int(getattr(error.orig, "sqlite_errorcode", 0)) & 0xFF
