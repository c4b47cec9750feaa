"""The chat page and its files."""

import asyncio
import base64
import hashlib
from functools import cache

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.i18n import LANGUAGES
from bot.platforms.web.accounts.account_access import COOKIE
from bot.platforms.web.accounts.identify import is_signed_out
from bot.platforms.web.assets.static_files import find_file, prepare, static_files
from bot.platforms.web.compression import compressed
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.guard import CONTENT_POLICY
from bot.platforms.web.route_context import Site
from bot.platforms.web.template import page_script, render_page
from bot.platforms.web.visitors import signed_in, visitor_of


def page_routes(site: Site) -> APIRouter:
    """Build the routes for the page and its files."""
    router = APIRouter()
    files = static_files()

    @router.api_route("/", methods=["GET", "HEAD"])
    async def page(request: Request) -> Response:
        await asyncio.to_thread(prepare)
        return compressed(_page(site, request), request)

    @router.api_route("/worker.js", methods=["GET", "HEAD"])
    async def worker(request: Request) -> Response:
        """Serve the service worker next to the page, not under /static: its scope is the path below its own URL."""
        return files["worker.js"].respond(request)

    @router.api_route("/static/{name:path}", methods=["GET", "HEAD"])
    async def static(name: str, request: Request) -> Response:
        found = find_file(name)
        if found is None:
            raise Problem(404, "not_found", "Page not found.")
        file, caching = found
        return file.respond(request, caching)

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
    response.headers["Content-Security-Policy"] = _content_policy()
    visitor.remember(response, request)
    if is_signed_out(request):
        response.delete_cookie(COOKIE, path="/")
    return response


@cache
def _content_policy() -> str:
    """Return the content security policy, which allows the page's inline script and no other."""
    digest = base64.b64encode(hashlib.sha256(page_script().encode()).digest()).decode()
    return CONTENT_POLICY.replace("script-src 'self'", f"script-src 'self' 'sha256-{digest}'")
