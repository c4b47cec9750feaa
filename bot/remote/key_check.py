"""Access to the engine: only for bots that present its key, checked before anything they send is read."""

import hmac

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.errors import NotAllowed
from bot.remote.reply_events import error_form

WRONG_KEY = "This engine needs the key it was started with ([engine] key_env)."


class KeyCheck:
    """ASGI middleware: refuses requests without ``Authorization: Bearer KEY``. Without a key, all requests pass."""

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._app = app
        self._wanted = f"Bearer {key}".encode() if key else b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        given = Headers(scope=scope).get("authorization", "").encode("latin-1")
        if self._wanted and not hmac.compare_digest(given, self._wanted):
            headers = {"WWW-Authenticate": "Bearer", "Connection": "close"}
            await JSONResponse(error_form(NotAllowed(WRONG_KEY)), 401, headers=headers)(scope, receive, send)
            return
        await self._app(scope, receive, send)
