"""Small helpers of these tests."""

import asyncio
import json
from collections.abc import Callable
from typing import Any


def events_of(body: str) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]


async def eventually(condition: Callable[[], object], seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110  # conditions of several objects, none of which has an event
            await asyncio.sleep(0.01)
