"""Small helpers for these tests."""

import json
from collections.abc import Callable
from typing import Any

from tests.waiting import until


def events_of(body: str) -> list[dict[str, Any]]:
    return [json.loads(line[6:]) for line in body.splitlines() if line.startswith("data: ")]


async def eventually(condition: Callable[[], object]) -> None:
    await until(condition)
