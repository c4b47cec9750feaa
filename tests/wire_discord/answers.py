"""What the small Discord answers: JSON, and refusals with Discord's own codes."""

import json
from typing import Any

from aiohttp import web


class RefusalError(Exception):
    """A request that Discord would not take: HTTP status, Discord's code, its words."""

    def __init__(self, status: int, code: int, text: str) -> None:
        super().__init__(text)
        self.status, self.code, self.text = status, code, text


def answer(body: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """JSON as Discord sends it: discord.py does not read it when a charset is named."""
    kind = {"Content-Type": "application/json", **(headers or {})}
    return web.Response(body=json.dumps(body).encode(), status=status, headers=kind)


def refused(refusal: RefusalError) -> web.Response:
    """The answer that tells of a refusal."""
    return answer({"message": refusal.text, "code": refusal.code}, status=refusal.status)
