"""/api/tree: the whole conversation with all its branches, as far as a page can draw it."""

import asyncio
from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.platforms.web.history import Turn
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import visitor_of

TURNS_DRAWN = 2000
TEXT_CHARS = 200  # of what was said, and of what was answered


def tree_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/tree")
    async def tree(request: Request) -> Response:
        visitor = visitor_of(request)
        conversation = None if visitor.is_new else await site.conversations.find("web", visitor.channel)
        if conversation is None:
            return JSONResponse({"head": None, "turns": [], "count": 0})
        nodes, head = await conversation.channel.tree(), conversation.channel.head
        drawn = await asyncio.to_thread(nearest, nodes, head.id, TURNS_DRAWN)
        outputs = await site.turns.shown(site.origin(request, visitor), [node.output for node in drawn])
        turns = [_values(node, output) for node, output in zip(drawn, outputs, strict=True)]
        return JSONResponse({"head": head.id, "turns": turns, "count": len(nodes)})

    return router


def nearest(nodes: Sequence[Turn], head: int, most: int) -> list[Turn]:
    """At most ``most`` turns, those fewest steps away from ``head`` first; oldest first in the result."""
    if len(nodes) <= most:
        return list(nodes)
    near: dict[int, list[int]] = {node.id: [] for node in nodes}
    for node in nodes:
        if node.parent is not None and node.parent in near:
            near[node.parent].append(node.id)
            near[node.id].append(node.parent)
    found, edge = {head: None}, [head]
    while edge and len(found) < most:
        edge = [other for each in edge for other in near.get(each, []) if other not in found]
        for other in edge[: most - len(found)]:
            found[other] = None
    return [node for node in nodes if node.id in found]


def _values(node: Turn, output: str) -> Mapping[str, object]:
    return {
        "node": node.id, "parent": node.parent, "kind": node.kind, "names": list(node.names),
        "input": "" if node.kind == "root" else node.input[:TEXT_CHARS], "output": output[:TEXT_CHARS],
    }  # fmt: skip
