"""Reading: the history of a conversation, and the available commands."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.commands.command import Command
from bot.i18n import translate
from bot.platforms.web.compression import compressed
from bot.platforms.web.history import history_values, prompt_values
from bot.platforms.web.route_context import Site
from bot.platforms.web.turn_routes import Node
from bot.platforms.web.visitors import Visitor, visitor_of


def reading_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.api_route("/history", methods=["GET", "HEAD"])
    async def history(request: Request, before: Node = None) -> Response:
        visitor = visitor_of(request)
        # Before the history: a turn that finishes in between is in both, and the page shows it once.
        running = [turn.values() for turn in site.turns.of(visitor.id, visitor.channel)]
        values = await _history(site, request, visitor, before)
        response = compressed(JSONResponse({**values, "running": running}), request)
        visitor.remember(response, request)
        return response

    _add_commands(router, site)
    return router


def _add_commands(router: APIRouter, site: Site) -> None:
    @router.api_route("/commands", methods=["GET", "HEAD"])
    async def commands(request: Request) -> Response:
        admin = site.is_owner(request)
        language = site.language_of(request)
        shown = [_command_values(c, language) for c in site.commands if admin or c.permission != "admin"]
        return compressed(JSONResponse({"commands": shown}), request)

    @router.get("/complete")
    async def complete(request: Request, command: str, prefix: str = "") -> Response:
        site.check_text(prefix)
        origin = site.origin(request, visitor_of(request))
        found = next((known for known in site.commands if known.name == command), None)
        option = found.completed_option if found else None
        values = await site.turns.complete(origin, command, option.name, prefix) if option else []
        return JSONResponse({"values": values})


async def _history(site: Site, request: Request, visitor: Visitor, before: int | None) -> Mapping[str, object]:
    conversation = None if visitor.is_new else await site.conversations.find("web", visitor.channel)
    if conversation is None:  # nothing was said there yet, and reading does not create a conversation
        prompt = site.conversations.first_prompt(site.language_of(request))
        return {"turns": [], "positions": {}, "more": False, "redo": False} | prompt_values(prompt)
    origin = site.origin(request, visitor)
    return await history_values(conversation, lambda texts: site.turns.shown(origin, texts), before)


def _command_values(command: Command, language: str) -> dict[str, object]:
    return {
        "name": command.name,
        "aliases": [*command.aliases, *command.translated_names()],
        "family": command.family,
        "usage": command.usage(),
        "summary": translate(command.summary, language),
        "completes": command.completed_option is not None,
    }
