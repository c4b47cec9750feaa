"""The keys of the HTTP API: made once, shown once, kept as hashes."""

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
RESERVED = "local"  # whoever calls from this machine without a key
FRESH_SECONDS = 2.0  # a key that was revoked goes on for so long at most
PREFIX = "sk-roost-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """Who may call, and how much. 0 is no limit."""

    name: str
    per_minute: int = 0
    tokens_per_day: int = 0
    models: tuple[str, ...] = ()  # empty: all
    created: str = ""
    digest: str = field(default="", repr=False)  # SHA-256 of the secret: 256 random bits need no salt


class Values(Protocol):
    """JSON values by scope and key."""

    async def update(self, scope: str, key: str, change: Callable[[object], object]) -> object:
        """Set what ``change`` makes of the value, or of None."""

    async def delete(self, scope: str, key: str) -> bool:
        """Forget one. Whether it was there."""

    async def items(self, scope: str) -> Mapping[str, Mapping[str, object]]:
        """All of ``scope``."""


class ApiKeys:
    """The keys of a store."""

    def __init__(self, values: Values, clock: Callable[[], float] = time.monotonic) -> None:
        self._values = values
        self._clock = clock
        self._by_digest: dict[str, ApiKey] = {}
        self._read = float("-inf")

    async def add(
        self, name: str, *, per_minute: int = 0, tokens_per_day: int = 0, models: tuple[str, ...] = ()
    ) -> str:
        """Make a key and return its secret, which is kept nowhere. Raises InvalidOption."""
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
        """Forget a key. Raises NotFound."""
        if not await self._values.delete(SCOPE, name):
            raise NotFound('There is no key "{name}". `roost key list` shows them.', name=name[:64])
        self._read = float("-inf")

    async def all(self) -> list[ApiKey]:
        """Every key, by name."""
        return [_key(name, value) for name, value in (await self._values.items(SCOPE)).items()]

    async def find(self, secret: str) -> ApiKey | None:
        """The key with this secret."""
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
