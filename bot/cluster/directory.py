"""The directory of a cluster: replicas announce themselves, and bots ask for their addresses."""

from collections.abc import Mapping
from dataclasses import asdict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.cluster.replica_list import Announcement, ReplicaList
from bot.errors import NotAllowed, NotFound
from bot.remote.key_check import WRONG_KEY, presents_key
from bot.remote.replica_directory import PATH
from bot.remote.reply_events import error_payload


class Directory:
    """Answers bots over HTTP. It keeps nothing: after a restart, the replicas announce themselves again."""

    def __init__(self, key: str, replicas: ReplicaList | None = None) -> None:
        self._key = key
        self._replicas = replicas or ReplicaList()

    async def __call__(self, request: Request) -> Response:
        """Answer ``GET /replicas``."""
        if not presents_key(request.headers, self._key):
            return JSONResponse(error_payload(NotAllowed(WRONG_KEY)), 401, headers={"WWW-Authenticate": "Bearer"})
        if request.method != "GET" or request.scope["path"].removeprefix(request.scope["root_path"]) != PATH:
            return JSONResponse(error_payload(NotFound("There is only {path} here.", path=PATH)), 404)
        return JSONResponse({"urls": [each.url for each in self._replicas.alive()]})

    async def announce(self, given: Mapping[str, object]) -> None:
        """Record a replica, given as the fields of an ``Announcement``."""
        self._replicas.announce(Announcement(**given))  # type: ignore[arg-type]  # sent by this package's own replicas

    async def leave(self, name: str) -> None:
        """Drop a replica that is closing."""
        self._replicas.leave(name)

    async def listed(self) -> list[dict[str, object]]:
        """Return the announcements, for ``roost cluster status``."""
        return [asdict(each) for each in self._replicas.alive()]
