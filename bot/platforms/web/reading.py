"""What a page reads: the conversation so far, and the commands that there are."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.commands.command import Command, Option
from bot.i18n import translate
from bot.platforms.web.history import history_values
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import visitor_of


def reading_routes(site: Site) -> APIRouter:
    """The routes of reading."""
    router = APIRouter(prefix="/api")

    @router.api_route("/history", methods=["GET", "HEAD"])
    async def history(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor.is_new:  # without a cookie nobody has a history, and none is made by looking
            return JSONResponse({"turns": [], "more": False, "bot": site.name, "greeting": "", "prompt": None})
        conversation = await site.conversations.open("web", visitor.channel)
        origin = site.origin(request, visitor)
        response = JSONResponse(await history_values(conversation, lambda texts: site.turns.shown(origin, texts)))
        visitor.remember(response, request)
        return response

    @router.api_route("/commands", methods=["GET", "HEAD"])
    async def commands(request: Request) -> Response:
        admin = site.is_owner(request)
        language = site.language_of(request)
        return JSONResponse(
            {"commands": [_command_values(c, language) for c in site.commands if admin or c.permission != "admin"]}
        )

    @router.get("/complete")
    async def complete(request: Request, command: str, prefix: str = "") -> Response:
        site.check_text(prefix)
        origin = site.origin(request, visitor_of(request))
        found = next((known for known in site.commands if known.name == command), None)
        option = _completed_option(found) if found else None
        values = await site.turns.complete(origin, command, option.name, prefix) if option else []
        return JSONResponse({"values": values})

    return router


def _completed_option(command: Command) -> Option | None:
    """The option whose values are offered right after the command's name."""
    return next((option for option in command.options if option.choices or option.complete), None)


def _command_values(command: Command, language: str) -> dict[str, object]:
    return {
        "name": command.name,
        "aliases": list(command.aliases),
        "family": command.family,
        "usage": command.usage(),
        "summary": translate(command.summary, language),
        "completes": _completed_option(command) is not None,
    }
