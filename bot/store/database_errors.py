"""Translates database failures for the person who was talking and for the operator of the bot."""

import logging
import sqlite3
import time

from sqlalchemy.exc import DBAPIError

from bot.errors import Unavailable
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
BUSY = N_("The bot has too much to do at the moment. Please try again in a little while.")
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


class StoreError(Unavailable):
    """A database operation failed for a known reason, which is not a bug."""

    @property
    def reason(self) -> str:
        """The database's own error message."""
        if isinstance(self.__cause__, UnicodeDecodeError):
            return "the file is damaged"
        return str(getattr(self.__cause__, "orig", None) or self.message)

    @property
    def is_damage(self) -> bool:
        """Whether the file itself is damaged."""
        return self.message == DAMAGED


def store_error(error: DBAPIError | UnicodeDecodeError) -> StoreError | None:
    """Return the error for a known cause, or None for a bug of ours.

    sqlite3 raises UnicodeDecodeError if its message quotes a damaged file.
    """
    if isinstance(error, UnicodeDecodeError):
        return StoreError(DAMAGED)
    message = SQLITE.get(sqlite_code(error)) or POSTGRESQL.get(getattr(error.orig, "sqlstate", None) or "")
    if message is None:
        return None
    return StoreError(message)


class ErrorReporter:
    """Logs database errors, each at most once a minute.

    Operators must learn of them, but the log must not fill up.
    """

    def __init__(self) -> None:
        self._reported: dict[str, float] = {}  # time of the last report, by message

    def report(self, error: StoreError) -> None:
        """Log the error, unless that was done recently."""
        now = time.monotonic()
        if now - self._reported.get(error.message, -MINUTE) >= MINUTE:
            self._reported[error.message] = now
            log.error("%s (%s)", error.message, error.reason)


def sqlite_code(error: DBAPIError) -> int:
    """Return SQLite's primary error code, or 0 if there is none."""
    return int(getattr(error.orig, "sqlite_errorcode", 0)) & 0xFF
