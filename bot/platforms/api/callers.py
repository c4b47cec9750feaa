"""Callers of the API: a key or this machine, with rate limits that apply before a prompt is read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from bot.chat.api_keys import RESERVED, ApiKey
from bot.platforms.api.api_errors import ApiError
from bot.platforms.web.failure_limiter import FailureLimiter
from bot.platforms.web.guard import from_this_machine
from bot.platforms.web.visitors import network_of
from bot.policy.limiter import Limiter
from bot.policy.limits import Limits, Requester

LOCAL = ApiKey(name=RESERVED)


class KeyRing(Protocol):
    """The stored API keys."""

    async def find(self, secret: str) -> ApiKey | None:
        """Return the key with this secret, or None."""


class UsageRecord(Protocol):
    """The record of tokens read and written."""

    async def tokens_today(self, user: str) -> int:
        """Return how many tokens ``user`` has used since midnight UTC."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A key, and the address that uses it."""

    key: ApiKey
    address: str

    @property
    def user(self) -> str:
        """The user id for rate limits and usage."""
        return f"api:{self.key.name}"

    def check_model(self, name: str) -> None:
        """Raise ApiError (403) if the key does not permit this model."""
        if self.key.models and name not in self.key.models:
            allowed = ", ".join(self.key.models)
            raise ApiError(
                403, "model_not_allowed", f'This key is not for the model "{name[:100]}", but for: {allowed}.'
            )


class Callers:
    """Authenticates requests and enforces their limits."""

    def __init__(
        self, keys: KeyRing, usage: UsageRecord, *, require_key: bool, at_once: int, limiter: Limiter | None = None
    ) -> None:
        self._keys = keys
        self._usage = usage
        self._require_key = require_key
        self._at_once = at_once
        self._failures = FailureLimiter()
        self._limiter = limiter or Limiter()

    async def of(self, request: Request) -> Caller:
        """Return the sender of ``request``. Raises ApiError (401), or Problem (429) after too many wrong keys."""
        address = network_of(request) or ""
        secret = _secret(request)
        local = not self._require_key and from_this_machine(request)
        if secret:
            self._failures.check(address)
            key = await self._keys.find(secret)
            if key is not None:
                return Caller(key, address)
            if not local:  # local clients send a made-up key if they insist on having one
                self._failures.record_failure(address)
                raise ApiError(401, "invalid_api_key", "This key is not known here. `roost key list` shows which are.")
        if local:
            return Caller(LOCAL, address)
        raise ApiError(
            401, "invalid_api_key", "Send a key as 'Authorization: Bearer KEY'. `roost key add NAME` makes one."
        )

    @asynccontextmanager
    async def admitted(self, caller: Caller, answers: int) -> AsyncIterator[None]:
        """Count a request for ``answers`` answers, and hold their slots while the context is open. Raises Busy."""
        key = caller.key
        limits = Limits(
            user_per_minute=key.per_minute, user_at_once=self._at_once, user_tokens_per_day=key.tokens_per_day,
            channel_per_minute=0, address_per_minute=0, address_at_once=0,
        )  # fmt: skip
        requester = Requester(user=caller.user, channel="", answers=answers)
        if key.tokens_per_day:
            used = await self._usage.tokens_today(caller.user)
            self._limiter.local.check_tokens("user", used, key.tokens_per_day)
        async with self._limiter.admitted(limits, requester):
            yield


def _secret(request: Request) -> str:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    return request.headers.get("x-api-key", "").strip()
