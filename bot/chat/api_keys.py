"""Keys of the HTTP API. A secret is shown once, when the key is created; only its hash is stored."""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Protocol

from bot.errors import InvalidOption, NotFound

SCOPE = "api_keys"
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
RESERVED = "local"  # callers on this machine that need no key
FRESH_SECONDS = 2.0  # how long a revoked key may remain valid
PREFIX = "sk-roost-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Who may call, and how much. A limit of 0 means no limit."""

    name: str
    per_minute: int = 0
    tokens_per_day: int = 0
    models: tuple[str, ...] = ()  # empty: all models
    created: str = ""
    digest: str = field(default="", repr=False)  # SHA-256 of the secret, unsalted: the secret has 256 random bits


class KeyValues(Protocol):
    """JSON values by scope and key."""

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        """Replace the value, or None, with ``change(value)``."""

    async def delete(self, scope: str, key: str) -> bool:
        """Delete a value. Returns whether it existed."""

    async def items(self, scope: str) -> Mapping[str, Mapping[str, object]]:
        """Return all values of ``scope`` by key."""


class ApiKeys:
    """The API keys in a store."""

    def __init__(self, values: KeyValues, clock: Callable[[], float] = time.monotonic) -> None:
        self._values = values
        self._clock = clock
        self._by_digest: dict[str, ApiKey] = {}
        self._read = float("-inf")

    async def add(
        self, name: str, *, per_minute: int = 0, tokens_per_day: int = 0, models: tuple[str, ...] = ()
    ) -> str:
        """Create a key and return its secret, which is not stored. Raises InvalidOption."""
        if not NAME.fullmatch(name) or name == RESERVED:
            raise InvalidOption(
                'A key\'s name must have 1 to 64 letters, digits, "_", "." or "-", begin with a letter or '
                'digit and not be "{reserved}".',
                reserved=RESERVED,
            )
        secret = PREFIX + secrets.token_urlsafe(32)
        made = {
            "digest": _digest(secret), "per_minute": per_minute, "tokens_per_day": tokens_per_day,
            "models": list(models), "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }  # fmt: skip

        def put(old: object) -> object:
            if old is not None:
                raise InvalidOption('A key "{name}" already exists. Revoke it first.', name=name)
            return made

        await self._values.update(SCOPE, name, put)
        self._read = float("-inf")
        return secret

    async def revoke(self, name: str) -> None:
        """Delete a key. Raises NotFound."""
        if not await self._values.delete(SCOPE, name):
            raise NotFound('There is no key "{name}". `roost key list` shows them.', name=name[:64])
        self._read = float("-inf")

    async def all(self) -> list[ApiKey]:
        """Return every key, sorted by name."""
        return [_key(name, value) for name, value in (await self._values.items(SCOPE)).items()]

    async def find(self, secret: str) -> ApiKey | None:
        """Return the key with this secret, if there is one."""
        if self._clock() - self._read > FRESH_SECONDS:
            self._by_digest = {key.digest: key for key in await self.all()}
            self._read = self._clock()
        return self._by_digest.get(_digest(secret))


def _digest(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _key(name: str, value: Mapping[str, object]) -> ApiKey:
    models = value.get("models")
    return ApiKey(
        name=name, per_minute=int(str(value.get("per_minute", 0))),
        tokens_per_day=int(str(value.get("tokens_per_day", 0))),
        models=tuple(str(model) for model in models) if isinstance(models, list) else (),
        created=str(value.get("created", "")), digest=str(value.get("digest", "")),
    )  # fmt: skip
