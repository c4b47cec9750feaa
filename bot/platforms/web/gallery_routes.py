"""/api/characters: the characters a visitor may play, with their pictures. Cards are changed by commands."""

import asyncio

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.events import Origin
from bot.platforms.web.character_lists import ListedCharacter
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import visitor_of
from bot.policy.scopes import character_scope

MAX_CONCURRENT_FACES = 2  # decoding a 40-megapixel picture takes a second
FACE_SECONDS = 300  # how long browsers cache a picture


def gallery_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api/characters")
    faces = asyncio.Semaphore(MAX_CONCURRENT_FACES)

    @router.get("")
    async def characters(request: Request) -> Response:
        scope = character_scope(await _admitted(site, request))
        shown = [_values(item) for item in await site.characters.listed(scope)]
        return JSONResponse({"characters": shown, "owner": site.is_owner(request)})

    @router.get("/face")
    async def face(id: str, request: Request) -> Response:  # the query parameter is ?id=
        scope = character_scope(await _admitted(site, request))
        async with faces:
            picture = await site.characters.face(id[:100], scope)
        kept = {"Cache-Control": f"private, max-age={FACE_SECONDS}"}
        if picture is None:
            return Response(status_code=204, headers=kept)
        return Response(picture, media_type="image/png", headers=kept)

    return router


async def _admitted(site: Site, request: Request) -> Origin:
    """Return the request's origin. Raises NotAllowed if the author may not use the bot."""
    origin = site.origin(request, visitor_of(request))
    await site.admit(origin)
    return origin


def _values(item: ListedCharacter) -> dict[str, object]:
    return {
        "id": item.id, "name": item.name, "imported": item.imported, "shared": item.shared, "version": item.version,
        "tags": list(item.tags), "problem": item.problem,
    }  # fmt: skip
