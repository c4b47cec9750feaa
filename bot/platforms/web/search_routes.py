"""/api/search: full-text search in a visitor's conversations."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.platforms.web.error_responses import Problem
from bot.platforms.web.history import FoundTurn
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import Visitor, conversation_channel, visitor_of

MAX_SEARCH_LENGTH = 200  # characters
MAX_SEARCHES = 4  # over all visitors
BEFORE_CHARS, AROUND_CHARS = 40, 160  # characters of a snippet before the match, and in all


def search_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api")
    searching: set[str] = set()  # visitor ids

    @router.get("/search")
    async def search(q: str, request: Request) -> Response:
        visitor = visitor_of(request)
        words = q.strip()
        if len(words) > MAX_SEARCH_LENGTH:
            message = "The search is too long: the limit is {limit} characters."
            raise Problem(400, "search_too_long", message, limit=MAX_SEARCH_LENGTH)
        site.check_text(words)
        if visitor.is_new or not words:
            return JSONResponse({"found": []})
        if visitor.id in searching or len(searching) >= MAX_SEARCHES:
            raise Problem(429, "too_many_requests", "Roost is still searching. Please try again in a moment.")
        searching.add(visitor.id)
        try:
            return JSONResponse({"found": await _found(site, request, visitor, words)})
        finally:
            searching.discard(visitor.id)

    return router


async def _found(site: Site, request: Request, visitor: Visitor, words: str) -> list[dict[str, object]]:
    entries = await site.list.entries(visitor.id)
    places = {conversation_channel(visitor.secret, entry.id): entry.id for entry in entries}
    turns = await site.conversations.search("web", list(places), words)
    outputs = await site.turns.shown(site.origin(request, visitor), [turn.output for turn in turns])
    found = [(turn, snippet(words, (turn.input, output))) for turn, output in zip(turns, outputs, strict=True)]
    return [_values(turn, places[turn.channel], text) for turn, text in found if text]


def _values(turn: FoundTurn, conversation: str, text: str) -> dict[str, object]:
    return {"conversation": conversation, "node": turn.node, "text": text}


def snippet(words: str, texts: Sequence[str]) -> str:
    """Return the part of the first text with ``words``, or "" if a filter has removed them from all."""
    for text in texts:
        line = " ".join(text.split())
        at = line.lower().find(" ".join(words.split()).lower())
        if at >= 0:
            start = max(0, at - BEFORE_CHARS)
            cut = line[start : start + AROUND_CHARS]
            return ("…" if start else "") + cut + ("…" if start + AROUND_CHARS < len(line) else "")
    return ""
