"""``/v1/chat/completions/ID``: chats that were sent with ``store``."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from bot.chat.response_tree import ChatQuery
from bot.platforms.api.api_context import ApiContext
from bot.platforms.api.api_errors import ApiResponse, bad_request
from bot.platforms.api.metadata import MetadataBody
from bot.platforms.api.stored_responses import Limit, Name, Order, page_of, sent_page


def kept_chat_routes(context: ApiContext) -> APIRouter:
    router = APIRouter(prefix="/v1/chat/completions")

    @router.get("/{name}")
    async def retrieve(name: str, request: Request) -> Response:
        """One of them as it was answered."""
        caller = await context.callers.of(request)
        return ApiResponse(await context.responses.chat(caller.key.name, name))

    @router.post("/{name}")
    async def update(name: str, body: MetadataBody, request: Request) -> Response:
        """Give it other metadata."""
        caller = await context.callers.of(request)
        await context.responses.describe(caller.key.name, name, body.metadata or {})
        return ApiResponse(await context.responses.chat(caller.key.name, name))

    @router.delete("/{name}")
    async def delete(name: str, request: Request) -> Response:
        """Forget it."""
        caller = await context.callers.of(request)
        await context.responses.delete(caller.key.name, name, "chat")
        return ApiResponse({"id": name, "object": "chat.completion.deleted", "deleted": True})

    return router


def chat_list_routes(context: ApiContext) -> APIRouter:
    router = APIRouter(prefix="/v1/chat/completions")

    @router.get("")
    async def listed(
        request: Request, limit: Limit = 20, order: Order = "asc", after: Name = "", model: Name = ""
    ) -> Response:
        """The chats that were sent with `store`."""
        caller = await context.callers.of(request)
        wanted = ChatQuery(limit=limit + 1, order=order, after=after, model=model, metadata=_filter(request))
        found = await context.responses.chats(caller.key.name, wanted)
        return ApiResponse(page_of(found, limit, ""))

    @router.get("/{name}/messages")
    async def messages(
        name: str, request: Request, limit: Limit = 20, order: Order = "asc", after: Name = ""
    ) -> Response:
        """The messages that had been sent."""
        caller = await context.callers.of(request)
        found = await context.responses.find(caller.key.name, name, "chat")
        return sent_page(found.input, limit, order, after)

    return router


def _filter(request: Request) -> dict[str, str]:
    """Return the ``metadata[KEY]=VALUE`` query parameters. Raises ApiError if they exceed the limits."""
    found = {
        key.removeprefix("metadata[").removesuffix("]"): value
        for key, value in request.query_params.multi_items()
        if key.startswith("metadata[") and key.endswith("]")
    }
    if len(found) > 16 or any(len(key) > 64 or len(value) > 512 for key, value in found.items()):
        raise bad_request("metadata: at most 16 keys of 64 characters, with values of 512.", "metadata")
    return found
