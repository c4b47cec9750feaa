"""/api/conversations: listing, renaming and deleting a visitor's conversations."""

import base64
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.platforms.web.compression import compressed
from bot.platforms.web.history import cover_of
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import Visitor, conversation_channel, visitor_of

LINE_CHARS = 100  # of the last text, shown as preview
FACE_SECONDS = 600  # how long browsers cache a picture


class TitleBody(BaseModel):
    """A new title; an empty one keeps the current title."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=200)]


def list_routes(site: Site) -> APIRouter:
    """Build the routes of the list. ``?c=`` selects the conversation, as everywhere."""
    router = APIRouter(prefix="/api/conversations")

    @router.get("")
    async def conversations(request: Request) -> Response:
        visitor = visitor_of(request)
        entries = [] if visitor.is_new else await _entries(site, request, visitor)
        return compressed(JSONResponse({"conversations": entries}), request)

    @router.get("/face")
    async def face(request: Request) -> Response:
        return await _face(site, visitor_of(request))

    @router.post("/rename")
    async def rename(body: TitleBody, request: Request) -> Response:
        visitor = visitor_of(request)
        await site.list.rename(visitor.id, visitor.conversation, body.title)
        return _listed(site, visitor)

    @router.post("/delete")
    async def delete(request: Request) -> Response:
        visitor = visitor_of(request)
        await site.shared.end(visitor.id, visitor.conversation)
        await site.conversations.delete("web", visitor.channel)
        await site.list.remove(visitor.id, visitor.conversation)
        return _listed(site, visitor)

    return router


async def _face(site: Site, visitor: Visitor) -> Response:
    conversation = None if visitor.is_new else await site.conversations.find("web", visitor.channel)
    picture = await cover_of(conversation) if conversation else None
    if picture is None:
        return Response(status_code=204)
    data = base64.b64decode(picture.partition(",")[2])
    return Response(data, media_type="image/png", headers={"Cache-Control": f"private, max-age={FACE_SECONDS}"})


async def _entries(site: Site, request: Request, visitor: Visitor) -> list[dict[str, object]]:
    entries = await site.list.entries(visitor.id)
    channels = [conversation_channel(visitor.secret, entry.id) for entry in entries]
    words = await site.conversations.last_words("web", channels)
    lines = await site.turns.shown(site.origin(request, visitor), [words.get(channel, "") for channel in channels])
    return [
        {"id": entry.id, "title": entry.title, "used": entry.used, "face": entry.face, "shared": bool(entry.share),
         "line": " ".join(line.split())[:LINE_CHARS]}
        for entry, line in zip(entries, lines, strict=True)
    ]  # fmt: skip


def _listed(site: Site, visitor: Visitor) -> Response:
    site.open_pages.tell(visitor.id, "", {"type": "listed"})
    return Response(status_code=204)
