"""Access to the engine: only for bots that present its key, checked before anything they send is read."""

import hmac

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.errors import NotAllowed
from bot.remote.reply_events import error_payload

WRONG_KEY = "This engine needs the key it was started with ([engine] key_env)."


def presents_key(headers: Headers, key: str) -> bool:
    """Whether a request has ``Authorization: Bearer KEY``. Without a key, every request passes."""
    given = headers.get("authorization", "").encode("latin-1")
    return not key or hmac.compare_digest(given, f"Bearer {key}".encode())


class KeyCheck:
    """ASGI middleware: refuses requests without ``Authorization: Bearer KEY``. Without a key, all requests pass."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._key = key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        if not presents_key(Headers(scope=scope), self._key):
            headers = {"WWW-Authenticate": "Bearer", "Connection": "close"}
            await JSONResponse(error_payload(NotAllowed(WRONG_KEY)), 401, headers=headers)(scope, receive, send)
            return
        await self._app(scope, receive, send)
