"""Texts of the views that are loaded on demand, by their folder in static/views."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.platforms.web.accounts.account_texts import ACCOUNT_TEXTS
from bot.platforms.web.characters_texts import CHARACTERS_TEXTS
from bot.platforms.web.compression import compressed
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.owner_texts import OWNER_TEXTS
from bot.platforms.web.page_texts import page_texts
from bot.platforms.web.route_context import Site
from bot.platforms.web.stage_texts import STAGE_TEXTS

VIEW_TEXTS: Mapping[str, tuple[str, ...]] = {
    "account": ACCOUNT_TEXTS,
    "characters": CHARACTERS_TEXTS,
    "owner": OWNER_TEXTS,
    "stage": STAGE_TEXTS,
}


def view_texts_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api/texts")

    @router.get("/{view}")
    async def texts(view: str, request: Request) -> Response:
        if view not in VIEW_TEXTS:
            raise Problem(404, "not_found", "Page not found.")
        return compressed(JSONResponse(page_texts(site.language_of(request), VIEW_TEXTS[view])), request)

    return router
