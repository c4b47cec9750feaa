"""Two applications on one port, told apart by the path."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Beside:
    """An application, and what the paths begin with that it answers."""

    app: ASGIApp
    paths: Sequence[str]


class SharedPort:
    """ASGI application that passes each request to the right one."""

    def __init__(self, app: ASGIApp, beside: Beside) -> None:
        self._app = app
        self._beside = beside.app
        self._paths = tuple(beside.paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        inside = scope["type"] == "http" and str(scope["path"]).startswith(self._paths)
        await (self._beside if inside else self._app)(scope, receive, send)
