"""/api/settings: the settings of a conversation or of a user, with their effective values. `set` changes them."""

from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.i18n import translate
from bot.parameter import Parameter
from bot.platforms.web.route_context import Site
from bot.platforms.web.visitors import Visitor, visitor_of
from bot.policy.layers import Layer, merge_sampling, table_of
from bot.policy.scopes import user_scope
from bot.sampling import PARAMETERS

SHOWN_KINDS = ("float", "int", "bool")  # lists and biases are set by command only


def settings_routes(site: Site) -> APIRouter:
    router = APIRouter(prefix="/api")

    @router.get("/settings")
    async def settings(request: Request, scope: Literal["channel", "me"] = "channel") -> Response:
        visitor = visitor_of(request)
        language = site.language_of(request)
        conversation = None if visitor.is_new else await site.conversations.find("web", visitor.channel)
        prompt = conversation.prompt if conversation else site.conversations.first_prompt(language)
        here: Layer = conversation.channel.settings if conversation else {}
        mine = await _mine(site, request, visitor)
        layer = mine if scope == "me" else here
        below = {**site.conversations.sampling, **prompt.sampling} | merge_sampling(
            site.presets.sampling, {**here, "sampling": table_of(here, "sampling") if scope == "me" else {}},
            {"preset": mine.get("preset")}, {},
        )  # fmt: skip
        shown = [each for each in PARAMETERS if each.kind in SHOWN_KINDS]
        return JSONResponse({
            "parameters": [_parameter_values(each, below, language) for each in shown],
            "values": table_of(layer, "sampling"),
            "preset": layer.get("preset"),
            "presets": {name: site.presets.get(name).title for name in site.presets.names()},
            "mine": table_of(mine, "sampling"),
        })  # fmt: skip

    return router


async def _mine(site: Site, request: Request, visitor: Visitor) -> Layer:
    """Return the settings that apply to all of a visitor's conversations."""
    found = await site.values.get(user_scope(site.origin(request, visitor)), "settings", {})
    return found if isinstance(found, dict) else {}


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
