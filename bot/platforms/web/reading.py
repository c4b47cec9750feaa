"""What a page reads: the conversation so far, and the commands that there are."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.i18n import translate
from bot.platforms.web.site import Command, Conversation, Site, Turn
from bot.platforms.web.visitors import visitor_of

TURNS_SHOWN = 200


def reading_routes(site: Site) -> APIRouter:
    """The routes of reading."""
    router = APIRouter(prefix="/api")

    @router.get("/history")
    async def history(request: Request) -> Response:
        visitor = visitor_of(request)
        if visitor.is_new:  # without a cookie nobody has a history, and none is made by looking
            return JSONResponse({"turns": [], "more": False, "bot": site.name, "greeting": "", "prompt": None})
        conversation = await site.conversations.open("web", visitor.channel)
        response = JSONResponse(await _history_values(conversation))
        visitor.remember(response, request)
        return response

    @router.get("/commands")
    async def commands(request: Request) -> Response:
        admin = site.is_admin(visitor_of(request))
        language = site.language_of(request)
        return JSONResponse(
            {"commands": [_command_values(c, language) for c in site.commands if admin or c.permission != "admin"]}
        )

    return router


async def _history_values(conversation: Conversation) -> dict[str, object]:
    nodes = await conversation.history(TURNS_SHOWN + 1)
    shown = [node for node in nodes if node.kind != "root"]
    prompt = conversation.prompt
    values: dict[str, object] = {
        "turns": [_turn_values(node) for node in shown[-TURNS_SHOWN:]],
        "more": len(shown) > TURNS_SHOWN,
        "bot": prompt.bot,
        "greeting": prompt.greeting,
        "prompt": {"name": prompt.name, "title": prompt.title},
    }
    if shown:
        values["position"] = list(await conversation.position())
    return values


def _turn_values(node: Turn) -> dict[str, object]:
    return {
        "node": node.id,
        "kind": node.kind,
        "author": node.author,
        "input": node.input,
        "output": node.output,
        "finish_reason": node.finish_reason,
    }


def _command_values(command: Command, language: str) -> dict[str, object]:
    return {
        "name": command.name,
        "aliases": list(command.aliases),
        "family": command.family,
        "usage": command.usage(),
        "summary": translate(command.summary, language),
        "choices": {option.name: list(option.choices) for option in command.options if option.choices},
    }
