"""Responses of the simulated Discord: JSON, and errors with Discord's own codes."""

import json
from typing import Any

from aiohttp import web


class RefusalError(Exception):
    """A request that Discord would refuse: HTTP status, Discord's error code and message."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


def answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """Return JSON as Discord sends it: without a charset, or discord.py does not parse it."""
    kind = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=kind)


def refused(refusal: RefusalError) -> web.Response:
    """Return the response for a refusal."""
    return answer({"message": refusal.text, "code": refusal.code}, status=refusal.status)
