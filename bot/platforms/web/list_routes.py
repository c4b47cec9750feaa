"""/api/conversations: a visitor's conversations, and renaming and deleting them."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import Visitor, visitor_of


class TitleBody(BaseModel):
    """A new title; an empty one leaves the first words."""

    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(max_length=200)]


def list_routes(site: Site) -> APIRouter:
    """The routes of the list. ``?c=`` says which conversation, as everywhere."""
    router = APIRouter(prefix="/api/conversations")

    @router.get("")
    async def conversations(request: Request) -> Response:
        visitor = visitor_of(request)
        entries = [] if visitor.is_new else await site.list.entries(visitor.id)
        shown = [{"id": entry.id, "title": entry.title, "used": entry.used} for entry in entries]
        return JSONResponse({"conversations": shown})

    @router.post("/rename")
    async def rename(body: TitleBody, request: Request) -> Response:
        visitor = visitor_of(request)
        await site.list.rename(visitor.id, visitor.conversation, body.title)
        return _listed(site, visitor)

    @router.post("/delete")
    async def delete(request: Request) -> Response:
        visitor = visitor_of(request)
        await site.list.remove(visitor.id, visitor.conversation)
        await site.conversations.delete("web", visitor.channel)
        return _listed(site, visitor)

    return router


def _listed(site: Site, visitor: Visitor) -> Response:
    site.live.tell(visitor.id, "", {"type": "listed"})
    return Response(status_code=204)
