"""/api/settings: what can be set in a conversation and what holds there. The command `set` changes it."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.i18n import translate
from bot.parameter import Parameter
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import visitor_of
from bot.sampling import PARAMETERS

SHOWN_KINDS = ("float", "int", "bool")  # lists and biases are set by command


def settings_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/settings")
    async def settings(request: Request) -> Response:
        visitor = visitor_of(request)
        language = site.language_of(request)
        conversation = None if visitor.is_new else await site.conversations.find("web", visitor.channel)
        layer = conversation.channel.settings if conversation else {}
        prompt = conversation.prompt if conversation else site.conversations.first_prompt(language)
        preset, own = layer.get("preset"), layer.get("sampling")
        below = dict(prompt.sampling) | dict(site.presets.sampling(str(preset)) if preset else {})
        shown = [each for each in PARAMETERS if each.kind in SHOWN_KINDS]
        return JSONResponse({
            "parameters": [_parameter_values(each, below, language) for each in shown],
            "values": own if isinstance(own, dict) else {},
            "preset": preset,
            "presets": {name: site.presets.get(name).title for name in site.presets.names()},
        })  # fmt: skip

    return router


def _parameter_values(parameter: Parameter, below: Mapping[str, object], language: str) -> dict[str, object]:
    return {
        "name": parameter.name,
        "kind": parameter.kind,
        "group": parameter.group,
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "choices": list(parameter.choices),
        "default": below.get(parameter.name, parameter.default),
        "help": translate(parameter.help, language),
    }
