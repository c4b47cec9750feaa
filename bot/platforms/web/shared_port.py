"""Two applications on one port, distinguished by path."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Beside:
    """A second application and the path prefixes that it serves."""

    app: ASGIApp
    paths: Sequence[str]


class SharedPort:
    """ASGI application that passes each request to the right application."""

    def __init__(self, app: ASGIApp, beside: Beside) -> None:
        self._app = app
        self._beside = beside.app
        self._paths = tuple(beside.paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        inside = scope["type"] == "http" and str(scope["path"]).startswith(self._paths)
        await (self._beside if inside else self._app)(scope, receive, send)
