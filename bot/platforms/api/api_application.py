"""The ASGI application of the HTTP API: the routes, wrapped in request ids, CORS and the guard."""

import secrets

from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.chat.api_keys import ApiKeys
from bot.chat.completions import Completions
from bot.chat.response_tree import ResponseTree
from bot.chat.uploaded_states import UploadedStates
from bot.config.schema import ApiSection, WebSection
from bot.platforms.api import api_errors
from bot.platforms.api.api_context import ApiContext
from bot.platforms.api.callers import Callers
from bot.platforms.api.chat_completions import chat_completion_routes
from bot.platforms.api.json_routes import JsonRoutes
from bot.platforms.api.kobold import kobold_info_routes, kobold_model_routes, kobold_routes
from bot.platforms.api.llama_cpp import llama_cpp_routes, llama_cpp_token_routes
from bot.platforms.api.model_list import model_list_routes, unsupported_routes
from bot.platforms.api.model_names import ModelNames
from bot.platforms.api.reference_page import reference_routes
from bot.platforms.api.responses import response_routes
from bot.platforms.api.state_uploads import PATH, one_state_routes, state_routes
from bot.platforms.api.stored_chats import chat_list_routes, kept_chat_routes
from bot.platforms.api.stored_responses import input_item_routes, kept_response_routes
from bot.platforms.api.text_completions import text_completion_routes
from bot.platforms.api.webui_routes import webui_routes, webui_token_routes
from bot.platforms.web.error_responses import Problem
from bot.platforms.web.guard import Guard, GuardPolicy
from bot.policy.limiter import Limiter

ROUTERS = (
    model_list_routes, unsupported_routes, chat_completion_routes, kept_chat_routes, chat_list_routes, response_routes,
    kept_response_routes, input_item_routes, text_completion_routes, kobold_routes, kobold_info_routes,
    kobold_model_routes, llama_cpp_routes, llama_cpp_token_routes, webui_routes, webui_token_routes, state_routes,
    one_state_routes, reference_routes,
)  # fmt: skip


def build_api(config: ApiSection, web: WebSection, completions: Completions, limiter: Limiter | None = None) -> ASGIApp:
    """Build the application that serves the HTTP API."""
    keys = ApiKeys(completions.core.store.values)
    callers = Callers(keys, completions, require_key=config.require_key, at_once=config.at_once, limiter=limiter)
    context = ApiContext(
        config=config, completions=completions, callers=callers, names=ModelNames(completions),
        responses=ResponseTree(completions.core, completions.channels, config.kept_answers),
        states=UploadedStates(completions.core.engine, completions.core.settings.state_memory),
    )  # fmt: skip
    routes = FastAPI(title="Roost", openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None)
    api_errors.install(routes)
    routers = [build(context) for build in ROUTERS]
    for router in routers:
        routes.include_router(router)
    app: ASGIApp = CORSMiddleware(
        RequestIds(JsonRoutes(routes, routers)), allow_origins=config.cors_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["*"], expose_headers=["X-Request-Id", "Retry-After"], allow_private_network=True,
    )  # fmt: skip
    policy = GuardPolicy(
        host=web.host,
        allowed_hosts=web.allowed_hosts,
        origins=config.cors_origins,
        max_body=config.max_body_kb * 1024,
        late_bodies=frozenset({PATH}),
    )
    return Guard(app, policy, _refusal)


def _refusal(problem: Problem, _language: str) -> Response:
    return api_errors.as_api_error(problem).response()


class RequestIds:
    """ASGI middleware. Adds a request id to every response, which clients write to their logs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-Id"] = f"req_{secrets.token_hex(12)}"
            await send(message)

        await self._app(scope, receive, send_named)
