"""/api/turn and /api/answers: details of a turn, and all alternative answers to the same input."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.platforms.web.error_responses import Problem
from bot.platforms.web.history import Conversation, Turn
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import visitor_of
from bot.sampling import PARAMETERS

MAX_ANSWERS = 50  # newest ones
Node = Annotated[int | None, Query(ge=1, lt=2**63)]
NEUTRAL = {each.name: each.default for each in PARAMETERS}


def turn_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api")

    async def conversation_of(request: Request) -> Conversation:
        visitor = visitor_of(request)
        found = None if visitor.is_new else await site.conversations.find("web", visitor.channel)
        if found is None:
            raise Problem(404, "not_found", "There is no conversation here yet.")
        return found

    @router.get("/turn")
    async def turn(request: Request, node: Node = None) -> Response:
        channel = (await conversation_of(request)).channel
        return JSONResponse(_details(channel.head if node is None else await channel.node(node)))

    @router.get("/answers")
    async def answers(request: Request, node: Node = None) -> Response:
        conversation = await conversation_of(request)
        found = (await conversation.channel.siblings(node))[-MAX_ANSWERS:]
        origin = site.origin(request, visitor_of(request))
        outputs = await site.turns.shown(origin, [each.output for each in found])
        shown = [{"node": each.id, "output": text} for each, text in zip(found, outputs, strict=True)]
        return JSONResponse({"answers": shown})

    return router


def _details(turn: Turn) -> dict[str, object]:
    """Return a turn's details, with only the sampling parameters that differ from their defaults."""
    drawn = {name: value for name, value in turn.sampling.items() if name in NEUTRAL and value != NEUTRAL[name]}
    return {
        "author": turn.author,
        "speaker": turn.speaker,
        "kind": turn.kind,
        "edited_by": turn.sampling.get("edited_by", ""),
        "created": turn.created.isoformat() if turn.created else None,
        "tokens": len(turn.output_tokens),
        "tokens_per_second": turn.sampling.get("tokens_per_second"),
        "sampling": drawn,
    }
