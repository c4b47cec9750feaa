"""/api/tree: a conversation with all its branches, as much as a page can draw."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.errors import NotFound
from bot.platforms.web.compression import compressed
from bot.platforms.web.history import Turn
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import visitor_of

TURNS_DRAWN = 2000
TEXT_CHARS = 200  # of each input and of each output
TURNS_COMPARED = 100  # per branch, counted from its end
Tip = Annotated[int, Query(ge=1, lt=2**63)]


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
        return compressed(JSONResponse({"head": head.id, "turns": turns, "count": len(nodes)}), request)

    @router.get("/tree/compare")
    async def compare(one: Tip, other: Tip, request: Request) -> Response:
        return JSONResponse({"branches": await _branches(site, request, (one, other))})

    return router


async def _branches(site: Site, request: Request, tips: tuple[int, int]) -> list[list[dict[str, object]]]:
    """Return the turns from the fork to each of ``tips``. Raises NotFound if a tip does not exist."""
    visitor = visitor_of(request)
    conversation = None if visitor.is_new else await site.conversations.find("web", visitor.channel)
    if conversation is None:
        raise NotFound("There is no conversation here yet.")
    channel = conversation.channel
    for tip in tips:
        await channel.node(tip)
    paths = [await channel.history(TURNS_COMPARED + 1, node=tip) for tip in tips]
    origin, found = site.origin(request, visitor), []
    for path in parted(*paths):
        outputs = await site.turns.shown(origin, [turn.output for turn in path])
        found.append([
            {"node": turn.id, "input": turn.input, "speaker": turn.speaker, "output": output}
            for turn, output in zip(path, outputs, strict=True)
        ])  # fmt: skip
    return found


def parted(one: Sequence[Turn], other: Sequence[Turn]) -> tuple[list[Turn], list[Turn]]:
    """Return what follows the last common turn on each of two paths."""
    left, right = {turn.id for turn in one}, {turn.id for turn in other}
    return (
        [turn for turn in one if turn.id not in right and turn.kind != "root"][-TURNS_COMPARED:],
        [turn for turn in other if turn.id not in left and turn.kind != "root"][-TURNS_COMPARED:],
    )


def nearest(nodes: Sequence[Turn], head: int, most: int) -> list[Turn]:
    """Return the ``most`` turns closest to ``head`` in the tree, oldest first."""
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


def _beginning(text: str) -> str:
    return text if len(text) <= TEXT_CHARS else text[: TEXT_CHARS - 1] + "…"


def _values(node: Turn, output: str) -> Mapping[str, object]:
    return {
        "node": node.id, "parent": node.parent, "kind": node.kind, "names": list(node.names),
        "input": "" if node.kind == "root" else _beginning(node.input), "output": _beginning(output),
    }  # fmt: skip
