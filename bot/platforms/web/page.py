"""The chat page and its files: cached in memory, sent compressed, revalidated by hash."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.i18n import LANGUAGES
from bot.platforms.web.accounts.account_desk import COOKIE
from bot.platforms.web.accounts.identify import is_signed_out
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.page_modules import STATIC
from bot.platforms.web.route_context import Site
from bot.platforms.web.template import render_page
from bot.platforms.web.visitors import signed_in, visitor_of

SERVED = {".css", ".js", ".svg", ".webmanifest", ".png"}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file of the page."""

    mime: str
    data: bytes
    compressed: bytes
    etag: str

    def respond(self, request: Request) -> Response:
        """Return the file, or 304 if the browser has it."""
        headers = {"ETag": self.etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
        if self.etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(self.compressed, media_type=self.mime, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self.data, media_type=self.mime, headers=headers)


def page_routes(site: Site) -> APIRouter:
    """Build the routes for the page and its files."""
    router = APIRouter()
    files = static_files()

    @router.api_route("/", methods=["GET", "HEAD"])
    async def page(request: Request) -> Response:
        return _page(site, request)

    @router.api_route("/worker.js", methods=["GET", "HEAD"])
    async def worker(request: Request) -> Response:
        """Serve the service worker next to the page, not under /static: its scope is the path below its own URL."""
        return files["worker.js"].respond(request)

    @router.api_route("/static/{name:path}", methods=["GET", "HEAD"])
    async def static(name: str, request: Request) -> Response:
        if name not in files:
            raise Problem(404, "not_found", "Page not found.")
        return files[name].respond(request)

    @router.api_route("/favicon.ico", methods=["GET", "HEAD"])
    async def favicon(request: Request) -> Response:
        return files["icon.svg"].respond(request)

    return router


def _page(site: Site, request: Request) -> Response:
    visitor, account = visitor_of(request), signed_in(request)
    settings = {
        "languages": LANGUAGES,
        "owner": site.is_owner(request),
        "account": account.name if account else "",
        "accounts": site.accounts is not None and site.accounts.accounts.browsers.any_accounts,
        "maxMessageChars": site.config.max_message_chars,
        "maxFileKb": site.config.max_upload_mb << 10,
    }
    response = HTMLResponse(render_page(site.language_of(request), site.name, settings))
    response.headers["Vary"] = "Accept-Language"
    visitor.remember(response, request)
    if is_signed_out(request):
        response.delete_cookie(COOKIE, path="/")
    return response


@cache
def static_files() -> dict[str, StaticFile]:
    """Return the page's files by name."""
    return {
        (name := path.relative_to(STATIC).as_posix()): _read(name)
        for path in sorted(STATIC.rglob("*"))
        if path.suffix in SERVED
    }


def _read(name: str) -> StaticFile:
    data = (STATIC / name).read_bytes()
    mime = {".js": "text/javascript", ".webmanifest": "application/manifest+json"}.get(
        (STATIC / name).suffix, mimetypes.guess_type(name)[0] or "application/octet-stream"
    )
    etag = f'"{hashlib.sha256(data).hexdigest()[:16]}"'
    return StaticFile(mime, data, gzip.compress(data, 9, mtime=0), etag)
