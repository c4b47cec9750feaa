"""/owner: the target of owner links. Opening it changes nothing (mail programs open links too); its button does."""

from urllib.parse import parse_qs

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from bot.platforms.web.route_context import OWNER_COOKIE, Site
from bot.platforms.web.template import render_owner
from bot.platforms.web.visitors import YEAR_SECONDS, is_https, network_of


def owner_routes(site: Site) -> APIRouter:
    router = APIRouter()

    @router.get("/owner")
    async def form(request: Request, code: str = "") -> Response:
        return HTMLResponse(render_owner(site.language_of(request), site.name, code=code[:200], wrong=False))

    @router.post("/owner")
    async def sign_in(request: Request) -> Response:
        return await _sign_in(site, request)

    return router


async def _sign_in(site: Site, request: Request) -> Response:
    fields = parse_qs((await request.body())[:10_000].decode("utf-8", "replace"))
    address = network_of(request)
    site.failures.check(address)
    secret = site.owners.redeem(fields.get("code", [""])[0])
    if secret is None:
        site.failures.record_failure(address)
        return HTMLResponse(render_owner(site.language_of(request), site.name, code="", wrong=True), 403)
    response = RedirectResponse("./", 303)
    secure = is_https(request)
    response.set_cookie(
        OWNER_COOKIE, secret, max_age=YEAR_SECONDS, path="/", httponly=True, samesite="strict", secure=secure
    )
    return response
