"""/api/share: creates and ends read-only links to a conversation; /shared/CODE shows one."""

import re

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.platforms.web.compression import compressed
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.history import TURNS_SHOWN, Channel, picture_of
from bot.platforms.web.route_context import Site
from bot.platforms.web.template import render_shared
from bot.platforms.web.visitors import Visitor, visitor_of

CODE = re.compile(r"[0-9a-f]{32}")


def share_routes(site: Site) -> APIRouter:
    router = APIRouter()

    @router.post("/api/share")
    async def share(request: Request) -> Response:
        visitor = visitor_of(request)
        code = await site.shared.share(visitor.id, visitor.conversation, visitor.channel)
        if code is None:
            raise Problem(404, "not_found", "There is no conversation here yet.")
        return JSONResponse({"path": f"shared/{code}"})

    @router.post("/api/share/end")
    async def end(request: Request) -> Response:
        visitor = visitor_of(request)
        await site.shared.end(visitor.id, visitor.conversation)
        return Response(status_code=204)

    @router.get("/shared/{code}")
    async def page(code: str, request: Request) -> Response:
        """Serve the same page for every code; its script fetches the conversation."""
        return compressed(HTMLResponse(render_shared(site.language_of(request), site.name)), request)

    @router.get("/api/shared/{code}")
    async def shared(code: str, request: Request) -> Response:
        return compressed(JSONResponse(await _read(site, code, request)), request)

    return router


async def _read(site: Site, code: str, request: Request) -> dict[str, object]:
    found = await site.shared.find(code) if CODE.fullmatch(code) else None
    conversation = await site.conversations.find("web", found.channel) if found else None
    if found is None or conversation is None:
        raise Problem(404, "not_found", "This link leads nowhere any more.")
    reader = Visitor(id=found.channel, channel=found.channel)
    turns = await _turns(site, request, reader, conversation.channel)
    return {
        "title": found.title, "bot": conversation.prompt.bot, "avatar": await picture_of(conversation), "turns": turns,
    }  # fmt: skip


async def _turns(site: Site, request: Request, reader: Visitor, channel: Channel) -> list[dict[str, object]]:
    nodes = [node for node in await channel.history(TURNS_SHOWN) if node.kind != "draft"]
    origin = site.origin(request, reader, as_owner=False)
    outputs = await site.turns.shown(origin, [node.output for node in nodes])
    return [
        {"input": "" if node.kind == "root" else node.input, "speaker": node.speaker, "output": output,
         "follows": node.kind == "continue"}
        for node, output in zip(nodes, outputs, strict=True)
    ]  # fmt: skip
