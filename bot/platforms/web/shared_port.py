"""Two applications on one port, distinguished by path."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from starlette.types import ASGIApp, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class MountedApplication:
    """A second application and the path prefixes that it serves."""

    build: Callable[[], ASGIApp]  # called at its first request: building takes longer than the rest of the web page
    paths: Sequence[str]


class SharedPort:
    """ASGI application that passes each request to the right application."""

    def __init__(self, app: ASGIApp, mounted: MountedApplication) -> None:
        self._app = app
        self._build = cache(mounted.build)
        self._paths = tuple(mounted.paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        inside = scope["type"] == "http" and str(scope["path"]).startswith(self._paths)
        await (self._build() if inside else self._app)(scope, receive, send)
