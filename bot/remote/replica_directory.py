"""Asks a cluster for the addresses of its replicas."""

from typing import Annotated

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bot.remote.reply_events import ReplicaLost

PATH = "/replicas"
ASK_SECONDS = 10.0
MOST_REPLICAS = 1000
Address = Annotated[str, Field(pattern=r"^https?://[^\s/]+$", max_length=300)]


class Addresses(BaseModel):
    """A cluster's response."""

    model_config = ConfigDict(frozen=True)

    urls: Annotated[tuple[Address, ...], Field(max_length=MOST_REPLICAS)]


class ReplicaDirectory:
    """The cluster at ``url``."""

    def __init__(self, url: str, key: str, session: aiohttp.ClientSession) -> None:
        self._url = url
        self._key = key
        self._session = session

    async def urls(self) -> list[str]:
        """Return the replicas' addresses. Raises ``ReplicaLost`` with the reason if they are unknown."""
        timeout = aiohttp.ClientTimeout(total=ASK_SECONDS)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            async with self._session.get(
                self._url + PATH, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                if response.status == 401:
                    raise ReplicaLost("it needs the key of its engines ([engine] key_env)")
                if response.status != 200:
                    raise ReplicaLost(f"it answered {response.status}: no `roost cluster` is there")
                data = await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise ReplicaLost(str(error) or type(error).__name__) from error
        try:
            return list(dict.fromkeys(Addresses.model_validate_json(data).urls))
        except ValidationError as error:
            raise ReplicaLost(f"its answer was not understood: {error.errors()[0]['msg']}") from error
