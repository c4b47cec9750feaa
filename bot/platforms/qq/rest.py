"""Client for QQ's HTTP API: renews its token in time and raises errors with a known meaning."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout

from bot.platforms.qq.error_codes import QQError

log = logging.getLogger(__name__)

API = "https://api.bot.qq.com"
SANDBOX = "https://sandbox.api.sgroup.qq.com"  # reaches only the console's sandbox
RENEW_BEFORE = 50.0  # seconds; QQ issues a new token only within the last 60 of the old one
SECONDS = 15.0  # per request
Method = Literal["GET", "POST", "PUT", "DELETE"]
Json = Mapping[str, object]


class Unreachable(Exception):  # noqa: N818  # named for what happened
    """No response came. A request that sends something may have succeeded, unless ``unsent``."""

    def __init__(self, reason: str, *, unsent: bool = False) -> None:
        self.unsent = unsent
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Credentials:
    """The bot's credentials from QQ's console."""

    app_id: str
    secret: str = field(repr=False)


class Tokens:
    """The access token, renewed shortly before it expires. Concurrent callers share one request."""

    def __init__(
        self,
        session: ClientSession,
        credentials: Credentials,
        *,
        url: str = API,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._credentials = {"appId": credentials.app_id, "clientSecret": credentials.secret}
        self._url = f"{url}/app/getAppAccessToken"
        self._clock = clock
        self._token = ""
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """Return a token valid for the next request. Raises QQError if the credentials are wrong, or Unreachable."""
        async with self._lock:
            if not self._token or self._clock() > self._until - RENEW_BEFORE:
                await self._renew()
            return self._token

    def forget(self, token: str) -> None:
        """Discard ``token``, which QQ has rejected."""
        if token == self._token:
            self._token = ""

    async def _renew(self) -> None:
        data = await _answer(self._session, "POST", self._url, {}, self._credentials)
        if not isinstance(data, dict) or not isinstance(data.get("access_token"), str):
            raise _error(data, 0)
        self._token = data["access_token"]
        self._until = self._clock() + _number(data.get("expires_in"))


class Rest:
    """QQ's HTTP API."""

    def __init__(self, session: ClientSession, tokens: Tokens, *, url: str = API) -> None:
        self._session = session
        self._tokens = tokens
        self._url = url

    async def request(self, method: Method, path: str, body: Json | None = None) -> Json:
        """Return QQ's response. An expired token is renewed once. Raises QQError or Unreachable."""
        for attempt in (1, 2):
            token = await self._tokens.get()
            try:
                data = await _answer(self._session, method, self._url + path, {"Authorization": f"QQBot {token}"}, body)
            except QQError as error:
                if error.meaning.kind != "token" or attempt == 2:
                    raise
                self._tokens.forget(token)
            else:
                return data if isinstance(data, dict) else {}
        raise AssertionError("unreachable")


async def _answer(
    session: ClientSession, method: str, url: str, headers: Mapping[str, str], body: Json | None
) -> object:
    try:
        async with session.request(
            method, url, json=body, headers=headers, timeout=ClientTimeout(total=SECONDS)
        ) as response:
            data = await response.json(content_type=None) if response.status != 204 else {}
            if response.status >= 400:
                raise _error(data, response.status)
            return data
    except ClientConnectorError as error:
        raise Unreachable(f"{method} {url}: {error}", unsent=True) from error
    except (ClientError, TimeoutError, ValueError, RecursionError) as error:
        raise Unreachable(f"{method} {url}: {error or type(error).__name__}") from error


def _error(data: object, status: int) -> QQError:
    if not isinstance(data, dict):
        return QQError(status, "", status=status)
    code = _number(data.get("err_code")) or _number(data.get("code")) or status
    trace = str(data.get("trace_id", ""))[:80]
    return QQError(code, str(data.get("message", ""))[:200], trace, status)


def _number(value: object) -> int:
    """Parse an integer. Returns 0 if it is malformed or out of range."""
    try:
        number = int(value) if isinstance(value, (int, float, str)) else 0
    except (ValueError, OverflowError):
        return 0
    return number if abs(number) < 1 << 53 else 0
