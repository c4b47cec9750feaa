"""Who owns this Roost on the web: anyone who opened a one-time link, which only the server's machine can print.

A link is signed with a key in the data folder. The server remembers which links were used and which browsers are
signed in as owner. Network addresses prove nothing: behind a proxy, every request comes from this machine.
"""

import contextlib
import hashlib
import hmac
import json
import logging
import os
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)

KEY_FILE = "web-owner.key"
SESSIONS_FILE = "web-owners.json"
LINK_SECONDS = 24 * 3600
MAX_SESSIONS = 50  # browsers signed in as owner; the oldest is signed out first
MAX_USED = 1000  # used links remembered until they expire


NAME_CHARS = 16  # of a session's name, a prefix of a hash


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that is signed in as owner."""

    name: str
    since: float  # Unix time
    current: bool  # whether it is the one sending the request


@dataclass(slots=True)
class _Record:
    sessions: dict[str, float] = field(default_factory=dict)  # cookie hash -> sign-in time (Unix time)
    used: dict[str, float] = field(default_factory=dict)  # nonce of a used link -> the link's expiry (Unix time)


class Owners:
    """Creates and redeems owner links. Any process may create links; one server redeems them."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._key_path = folder / KEY_FILE
        self._record_path = folder / SESSIONS_FILE
        self._clock = clock
        self._record: _Record | None = None

    def link_code(self) -> str:
        """Return a code that signs in one browser, valid for a day."""
        body = f"{secrets.token_hex(8)}.{int(self._clock()) + LINK_SECONDS}"
        return f"{body}.{self._sign(body)}"

    def redeem(self, code: str) -> str | None:
        """Return a secret for the new owner session's cookie, or None if the code is invalid, expired or used."""
        nonce, _, rest = code.partition(".")
        expires, _, signature = rest.partition(".")
        valid = hmac.compare_digest(signature.encode(), self._sign(f"{nonce}.{expires}").encode())
        now = self._clock()
        record = self._load()
        if not valid or not expires.isdecimal() or int(expires) <= now or nonce in record.used:
            return None
        secret = secrets.token_hex(32)
        record.used = {name: until for name, until in record.used.items() if until > now}
        record.used[nonce] = float(expires)
        record.sessions[self._name(secret)] = now
        _trim(record.used, MAX_USED)
        _trim(record.sessions, MAX_SESSIONS)
        self._save(record)
        return secret

    def knows(self, secret: str) -> bool:
        """Return whether ``secret`` belongs to a browser that is signed in as owner."""
        return bool(secret) and self._name(secret) in self._load().sessions

    def sessions(self, secret: str) -> list[Session]:
        """Return the owner sessions, newest first; ``secret`` identifies the current one."""
        own = self._name(secret)
        found = [Session(name[:NAME_CHARS], since, name == own) for name, since in self._load().sessions.items()]
        return sorted(found, key=lambda session: -session.since)

    def end(self, name: str) -> None:
        """Sign out the browser whose session has this name."""
        record = self._load()
        for full in [full for full in record.sessions if full[:NAME_CHARS] == name]:
            del record.sessions[full]
        self._save(record)

    def sign_out(self, secret: str) -> None:
        """Sign out the browser with this secret."""
        record = self._load()
        if record.sessions.pop(self._name(secret), None) is not None:
            self._save(record)

    def sign_everybody_out(self) -> None:
        """End all owner sessions and invalidate unused links by replacing the key."""
        self._key_path.unlink(missing_ok=True)
        self._key()

    def _sign(self, body: str) -> str:
        return hmac.new(self._key(), f"link:{body}".encode(), hashlib.sha256).hexdigest()

    def _name(self, secret: str) -> str:
        """Return the hash stored for ``secret``. It depends on the key, so that a new key ends all sessions."""
        return hmac.new(self._key(), f"session:{secret}".encode(), hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        """Return the key as it is on disk; another process may have replaced it."""
        with contextlib.suppress(FileNotFoundError):
            if len(key := self._key_path.read_bytes()) >= 32:
                return key
        self._key_path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._key_path.with_name(f"{KEY_FILE}.{secrets.token_hex(4)}")
        _write_new(temporary, secrets.token_hex(32).encode())
        try:
            with contextlib.suppress(FileExistsError):  # another process created it first
                os.link(temporary, self._key_path)
        finally:
            temporary.unlink()
        return self._key_path.read_bytes()

    def _load(self) -> _Record:
        if self._record is None:
            self._record = _Record()
            try:
                values = json.loads(self._record_path.read_text(encoding="utf-8"))
                self._record = _Record(dict(values["sessions"]), dict(values["used"]))
            except FileNotFoundError:
                pass
            except (ValueError, KeyError, TypeError) as error:
                log.warning("%s is damaged (%s): every owner has to sign in again", self._record_path, error)
        return self._record

    def _save(self, record: _Record) -> None:
        temporary = self._record_path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        _write_new(temporary, json.dumps(asdict(record)).encode())
        temporary.replace(self._record_path)


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that only this user may read. Raises FileExistsError if it exists."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)


def _trim(entries: dict[str, float], most: int) -> None:
    for name in sorted(entries, key=lambda name: entries[name])[: max(0, len(entries) - most)]:
        del entries[name]
