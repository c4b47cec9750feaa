"""As much of S3 as states need: objects in memory behind real HTTP."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, unescape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.platforms.web.connections import Connections
from bot.platforms.web.server import EmbeddedServer, local_url, open_listener

DATE = "%a, %d %b %Y %H:%M:%S GMT"
PAGE = 3  # objects per answer, so that lists have several pages


@dataclass
class FakeS3:
    """One bucket. ``broken``: every request fails."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    written: dict[str, datetime] = field(default_factory=dict)
    credentials: set[str] = field(default_factory=set)
    requests: list[tuple[str, str]] = field(default_factory=list)
    broken: bool = False

    async def answer(self, request: Request) -> Response:
        key = request.path_params.get("key", "")
        self.requests.append((request.method, key))
        self.credentials.add(request.headers.get("authorization", "").partition("/")[0])
        if self.broken:
            return Response("<Error><Code>AccessDenied</Code></Error>", 403)
        if request.method == "PUT":
            self.objects[key] = await request.body()
            self.written[key] = datetime.now(UTC) + timedelta(seconds=len(self.written))
            return Response(headers={"ETag": '"1"'})
        if request.method == "POST":
            going = re.findall("<Key>(.*?)</Key>", (await request.body()).decode())
            for found in going:
                self.objects.pop(unescape(found), None)
            told = "".join(f"<Deleted><Key>{found}</Key></Deleted>" for found in going)
            return Response(f"<DeleteResult>{told}</DeleteResult>", media_type="application/xml")
        if not key:
            return self._list(request)
        if key not in self.objects:
            return Response("<Error><Code>NoSuchKey</Code></Error>", 404)
        headers = {"ETag": '"1"', "Last-Modified": self.written[key].strftime(DATE)}
        return Response(self.objects[key], headers=headers)

    def _list(self, request: Request) -> Response:
        prefix, delimiter = request.query_params.get("prefix", ""), request.query_params.get("delimiter", "")
        after = request.query_params.get("continuation-token", "")
        keys = sorted(key for key in self.objects if key.startswith(prefix) and key > after)
        folders = sorted({prefix + key[len(prefix) :].partition("/")[0] + "/" for key in keys if delimiter})
        shown = [] if delimiter else keys[:PAGE]
        more = not delimiter and len(keys) > PAGE
        parts = [
            f"<Contents><Key>{escape(key)}</Key><LastModified>{self.written[key].isoformat()}</LastModified>"
            f"<Size>{len(self.objects[key])}</Size><ETag>1</ETag></Contents>"
            for key in shown
        ]
        parts += [f"<CommonPrefixes><Prefix>{escape(each)}</Prefix></CommonPrefixes>" for each in folders]
        token = f"<NextContinuationToken>{escape(shown[-1])}</NextContinuationToken>" if more else ""
        truncated = f"<IsTruncated>{str(more).lower()}</IsTruncated>"
        body = f"<ListBucketResult>{truncated}{token}{''.join(parts)}</ListBucketResult>"
        return Response(body, media_type="application/xml")


@asynccontextmanager
async def fake_s3() -> AsyncIterator[FakeS3]:
    """Serve a bucket named ``bucket``."""
    made = FakeS3()
    methods = ["GET", "PUT", "POST"]
    app = Starlette(routes=[Route(path, made.answer, methods=methods) for path in ("/bucket", "/bucket/{key:path}")])
    server = EmbeddedServer(app, Connections(200, 200))
    listener = await open_listener("127.0.0.1", 0)
    await server.start(listener)
    made.url = local_url("127.0.0.1", listener.getsockname()[1]).rstrip("/")
    try:
        yield made
    finally:
        await server.stop()
        listener.close()
